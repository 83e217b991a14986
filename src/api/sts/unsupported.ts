import { stsErrors } from './errors.ts';

/** Stops at the first of `members` that asks for something: nothing, "", 0 and empty lists do not. */
export function refuseUnsupported<Input extends object>(
  input: Input,
  members: readonly (keyof Input & string)[],
): void {
  const asked = members.find((member) => {
    const value: unknown = input[member];
    const isEmptyList = Array.isArray(value) && value.length === 0;
    return !(value === undefined || value === null || value === '' || value === 0 || isEmptyList);
  });
  if (asked !== undefined) throw stsErrors.unsupported(asked);
}
