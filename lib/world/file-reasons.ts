/**
 * Why a file or folder could not be used, by the code of the system's error, in words that follow
 * its name.
 */
export const FILE_REASONS = {
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'that file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your disk quota is used up',
  ENOTDIR: 'a part of that path is a file, not a folder',
  EEXIST: 'a part of that path is a file, or a link to what does not exist',
  ENOENT: 'no folder can be made there',
  ELOOP: 'it is a link that leads back to itself',
  EISDIR: 'it is a folder',
  EIO: 'the disk does not work',
  ENAMETOOLONG: 'the name is too long',
} as const;

/** The same in brackets after the code; the code alone if the table does not have it. */
export const reasonOf = (error: unknown): string => {
  const { code } = error as NodeJS.ErrnoException;
  const reason = (FILE_REASONS as Readonly<Record<string, string>>)[code ?? ''];
  return code === undefined ? String(error) : reason === undefined ? code : `${code}: ${reason}`;
};
