/** What this process may do on its machine, and where its programs are: those of root included. */
export const hostAccess = (): { readonly isRoot: boolean; readonly programFolders: readonly string[] } => ({
  isRoot: process.getuid?.() === 0,
  programFolders: [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'],
});
