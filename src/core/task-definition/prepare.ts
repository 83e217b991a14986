import type { RegisterTaskDefinitionRequest } from '../../shapes/generated/ecs.ts';
import { containerRules, containerSizeRules } from './container-rules.ts';
import { type PreparedDocument, withDefaults } from './defaults.ts';
import { dependencyRules } from './dependency-rules.ts';
import { documentRules } from './document-rules.ts';
import { firstBroken, type Rule, readDraft } from './draft.ts';
import { fargateRules } from './fargate-rules.ts';
import { firelensRules } from './firelens-rules.ts';
import { healthRules } from './health-rules.ts';
import { linuxRules } from './linux-rules.ts';
import { logRules } from './log-rules.ts';
import { networkRules } from './network-rules.ts';
import { taskSizeRules } from './task-size-rules.ts';
import { unsupportedRules } from './unsupported.ts';
import { volumeRules } from './volume-rules.ts';

/** All rules, in the order in which the service looks at a request; the first broken one is reported. (TDF-1) */
const RULES: readonly Rule[] = [
  ...documentRules,
  ...containerRules,
  ...taskSizeRules,
  // Before FARGATE's own rules: a container without memory is reported even when the task's size is missing too.
  ...containerSizeRules,
  ...fargateRules,
  ...networkRules,
  ...linuxRules,
  ...healthRules,
  ...dependencyRules,
  ...volumeRules,
  ...logRules,
  ...firelensRules,
  ...unsupportedRules,
];

/** A registration that is refused, with the text of its ClientException, or the document to store. */
export type Preparation =
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'accepted'; readonly document: PreparedDocument };

/** Checks a request to register a task definition and fills in what the service fills in. */
export function prepareTaskDefinition(
  request: RegisterTaskDefinitionRequest,
  accountId: string,
): Preparation {
  const draft = readDraft(request);
  const message = firstBroken(RULES, draft);
  return message === undefined
    ? { kind: 'accepted', document: withDefaults(draft, accountId) }
    : { kind: 'refused', message };
}
