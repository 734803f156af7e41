/** Why a file or folder could not be used, by the code of the system's error, in words that follow its name. */
export const FILE_REASONS = {
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'that file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your disk quota is used up',
  ENOTDIR: 'a part of that path is a file, not a folder',
  ENAMETOOLONG: 'the name is too long',
} as const;
