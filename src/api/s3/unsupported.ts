import { s3Errors } from './errors.ts';

/** Stops at members that ask for what is not here. */
export function refuseMembers<Input extends object>(
  input: Input,
  members: readonly (keyof Input & string)[],
): void {
  for (const member of members) {
    const value = input[member];
    if (value !== undefined && value !== null && (value as unknown) !== false)
      throw s3Errors.unsupported(member);
  }
}

/** The one storage class. */
export function checkStorageClass(storageClass: string | undefined): void {
  if (storageClass !== undefined && storageClass !== 'STANDARD') throw s3Errors.invalidStorageClass();
}
