import { chmod, mkdir, stat } from 'node:fs/promises';

/** Makes files and folders that this process and its children create from now on accessible to their owner only. */
export function keepFilesPrivate(): void {
  process.umask(0o077);
}

/**
 * Creates `path` if it is missing, and makes it accessible to its owner only: an earlier version or another umask may
 * have left it open. Resolves with false when it stays open because another account owns it (a mounted volume). Rejects
 * when the folder neither exists nor can be created.
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
