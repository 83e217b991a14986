import type { TaskDefinitionPlacementConstraint } from '../../shapes/generated/ecs.ts';
import { brokenConstraint } from '../placement/request-rules.ts';
import { SERVICE_QUOTAS } from '../service-quotas.ts';
import { brokenTags } from '../tags/tag-rules.ts';
import type { Rule } from './draft.ts';

const FAMILY = /^[A-Za-z0-9_-]{1,255}$/;
const ROLE = /^(?:arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}|[\w+=,.@-]{1,64})$/;
const { containersPerTaskDefinition: CONTAINERS_MAX_COUNT, taskDefinitionBytes: DOCUMENT_MAX_BYTES } =
  SERVICE_QUOTAS;

/** What must hold of the document as a whole before its containers are looked at. (TDF-3) */
export const documentRules: readonly Rule[] = [
  ({ request }) => (FAMILY.test(request.family ?? '') ? undefined : 'Family contains invalid characters.'),
  ({ request }) => documentTooLong(request),
  ({ request }) => brokenTags(request.tags ?? []),
  ({ request }) =>
    isEmpty(request.inferenceAccelerators) ? undefined : "Unsupported field 'inferenceAccelerators'.",
  ({ containers }) => (containers.length === 0 ? 'Container list cannot be empty' : undefined),
  ({ containers }) => (containers.length > CONTAINERS_MAX_COUNT ? 'Too many containers.' : undefined),
  ({ request }) =>
    isRole(request.taskRoleArn) && isRole(request.executionRoleArn) ? undefined : 'Role is not valid',
  ({ request }) => brokenDefinitionConstraint(request.placementConstraints ?? []),
];

const isRole = (role: string | undefined): boolean => role === undefined || ROLE.test(role);

/** A definition has no group yet, so it cannot ask for an instance apart from its group. (PLC-13) */
function brokenDefinitionConstraint(
  constraints: readonly TaskDefinitionPlacementConstraint[],
): string | undefined {
  const other = constraints.find(({ type }) => type !== 'memberOf');
  if (other !== undefined) return `constraint.type '${other.type ?? ''}' is not supported.`;
  return brokenConstraint(constraints);
}

const isEmpty = (list: readonly unknown[] | undefined): boolean => list === undefined || list.length === 0;

function documentTooLong(request: object): string | undefined {
  const length = utf8Length(JSON.stringify(request));
  return length > DOCUMENT_MAX_BYTES
    ? `Actual length: '${length}'. Max allowed length is '${DOCUMENT_MAX_BYTES}' bytes.`
    : undefined;
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    if (point < 0x80) bytes += 1;
    else if (point < 0x800) bytes += 2;
    else bytes += point < 0x1_0000 ? 3 : 4;
  }
  return bytes;
}
