/** Of a cause that is quoted within a sentence: its own full stop would stand beside the sentence's. */
export function withoutStop(message: string): string {
  return message.trimEnd().replace(/\.+$/, '');
}
