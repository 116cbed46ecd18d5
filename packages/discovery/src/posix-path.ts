/** The last part of a path: its name. */
export const lastPart = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** The folder that a path lies in; empty for what lies in the root folder. */
export const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))

/** A pattern of files that matches this path and nothing else. */
export const literally = (path: string): string => (/[*?[]/.test(path) ? path.replaceAll(/[*?[]/g, '[$&]') : path)

/** Permission bits as findings tell them, such as `0600`. */
export const octalMode = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, '0')
