/** The path of the folder in which the card lies that a URL's path names, or of the folder that it names itself. */
export function folderPath(path: string): string {
  return path.replace(/(\/model\.json|\/)?$/, '/');
}
