import { chmod, mkdir, stat } from 'node:fs/promises';

/** Files and folders that this process and its children make from now on are their owner's alone. */
export function keepFilesPrivate(): void {
  process.umask(0o077);
}

/**
 * Makes `path` where it is missing, and closes it to everybody but its owner: an earlier version, or the umask of
 * whoever made it, may have left it open. Says false where it stays open, because another account owns it (a mounted
 * volume). Rejects when the folder can neither be found nor made.
 */
export async function openPrivateFolder(path: string): Promise<boolean> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0) return true;
  try {
    await chmod(path, 0o700);
    return true;
  } catch (error) {
    if (['EPERM', 'EROFS', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}
