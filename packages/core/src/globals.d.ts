/** The one web-standard global that core uses; every JavaScript runtime has it. */
declare class TextDecoder {
  decode(bytes: Uint8Array): string;
}
