import { isObject, type JsonObject, listOf, parseJson, textsOf } from './policy-json.ts';

const SYNTAX = 'Syntax errors in policy.';

const DOCUMENT_KEYS: ReadonlySet<string> = new Set(['Version', 'Id', 'Statement']);
const STATEMENT_KEYS: ReadonlySet<string> = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);

/** A rule of a statement: the text of what is wrong, or undefined. */
type Rule = (statement: JsonObject) => string | undefined;

/**
 * What IAM says about a permissions policy (inline or managed), or undefined when it takes it. The texts are those of
 * MalformedPolicyDocument; the first problem decides. (IAM-6)
 */
export function identityPolicyProblem(text: string): string | undefined {
  const document = parseJson(text);
  if (!isObject(document) || !hasOnly(document, DOCUMENT_KEYS)) return SYNTAX;
  if (document['Version'] !== '2012-10-17') return 'Policy document must be version 2012-10-17 or greater.';
  return statementsProblem(document, [
    shapeProblem,
    (statement) =>
      'Principal' in statement || 'NotPrincipal' in statement
        ? 'Policy document should not specify a principal.'
        : undefined,
    oneOf('Action', 'Policy statement must contain actions.'),
    oneOf('Resource', 'Policy statement must contain resources.'),
    actionsProblem,
    resourcesProblem,
  ]);
}

/** The same of a trust policy. Whether the principals it names are there is not looked at. (IAM-6) */
export function trustPolicyProblem(text: string): string | undefined {
  const document = parseJson(text);
  if (document === undefined) return 'This policy contains invalid Json';
  if (!isObject(document) || !hasOnly(document, DOCUMENT_KEYS)) return SYNTAX;
  const version = document['Version'];
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17') return SYNTAX;
  return statementsProblem(document, [
    shapeProblem,
    prohibited('Resource'),
    prohibited('NotResource'),
    prohibited('NotPrincipal'),
    (statement) => ('Principal' in statement ? undefined : 'Missing required field Principal'),
    (statement) => ('Action' in statement ? undefined : 'Missing required field Action'),
    actionsProblem,
    trustActionsProblem,
    principalProblem,
  ]);
}

/** Whether text is a policy that can be attached to a repository: it says who and what, and means the repository. (ECR-11) */
export function isRepositoryPolicy(text: string): boolean {
  const document = parseJson(text);
  if (!isObject(document) || !hasOnly(document, DOCUMENT_KEYS)) return false;
  if (!['2012-10-17', '2008-10-17', undefined].includes(document['Version'] as string | undefined))
    return false;
  const problem = statementsProblem(document, [
    shapeProblem,
    prohibited('Resource'),
    prohibited('NotResource'),
    (statement) => ('Principal' in statement === 'NotPrincipal' in statement ? SYNTAX : undefined),
    oneOf('Action', SYNTAX),
    actionsProblem,
    (statement) => ('Principal' in statement ? principalProblem(statement) : undefined),
  ]);
  return problem === undefined;
}

/** Whether text is a policy that can be attached to a secret: it says who, what, and on what. (SEC-12) */
export function isResourcePolicy(text: string): boolean {
  const document = parseJson(text);
  if (!isObject(document) || !hasOnly(document, DOCUMENT_KEYS)) return false;
  if (!['2012-10-17', '2008-10-17', undefined].includes(document['Version'] as string | undefined))
    return false;
  const problem = statementsProblem(document, [
    shapeProblem,
    (statement) => ('Principal' in statement === 'NotPrincipal' in statement ? SYNTAX : undefined),
    oneOf('Action', SYNTAX),
    oneOf('Resource', SYNTAX),
    actionsProblem,
    resourcesProblem,
    (statement) => ('Principal' in statement ? principalProblem(statement) : undefined),
  ]);
  return problem === undefined;
}

/** The principals of kind `AWS` that a trust policy names: ARNs, account numbers, or `*`. */
export function trustedAwsPrincipals(text: string): readonly string[] {
  const document = parseJson(text);
  if (!isObject(document)) return [];
  return listOf(document['Statement']).flatMap((statement) => {
    const principal = isObject(statement) ? statement['Principal'] : undefined;
    return isObject(principal) ? (textsOf(principal['AWS']) ?? []) : [];
  });
}

/** What is not acceptable about a principal, in IAM's words. */
export const invalidPrincipal = (kind: string, name: string): string =>
  `Invalid principal in policy: "${kind}":"${name}"`;

function statementsProblem(document: JsonObject, rules: readonly Rule[]): string | undefined {
  const statements = listOf(document['Statement']);
  if (!('Statement' in document) || statements.length === 0 || !statements.every(isObject)) return SYNTAX;
  for (const statement of statements) {
    for (const rule of rules) {
      const problem = rule(statement);
      if (problem !== undefined) return problem;
    }
  }
  const sids = statements
    .map((statement) => statement['Sid'])
    .filter((sid) => sid !== undefined && sid !== '');
  return new Set(sids).size === sids.length
    ? undefined
    : 'Statement IDs (SID) in a single policy must be unique.';
}

function shapeProblem(statement: JsonObject): string | undefined {
  if (!hasOnly(statement, STATEMENT_KEYS)) return SYNTAX;
  if (statement['Effect'] !== 'Allow' && statement['Effect'] !== 'Deny') return SYNTAX;
  const sid = statement['Sid'] ?? '';
  if (typeof sid !== 'string') return SYNTAX;
  if (!/^[0-9A-Za-z]*$/.test(sid)) {
    return 'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*';
  }
  for (const key of ['Action', 'NotAction', 'Resource', 'NotResource']) {
    if (key in statement && textsOf(statement[key]) === undefined) return SYNTAX;
  }
  return conditionProblem(statement['Condition']);
}

const OPERATOR =
  /^(?:(?:ForAllValues|ForAnyValue):)?(?:String(?:Not)?(?:Equals|EqualsIgnoreCase|Like)|(?:Numeric|Date)(?:(?:Not)?Equals|LessThan(?:Equals)?|GreaterThan(?:Equals)?)|Bool|BinaryEquals|(?:Not)?IpAddress|Arn(?:Not)?(?:Equals|Like))(?:IfExists)?$|^Null$/;

/** A condition is operators over keys over one value or several. */
function conditionProblem(condition: unknown): string | undefined {
  if (condition === undefined) return undefined;
  if (!isObject(condition)) return SYNTAX;
  for (const [operator, keys] of Object.entries(condition)) {
    if (!OPERATOR.test(operator) || !isObject(keys)) return SYNTAX;
    const values = Object.values(keys).flatMap(listOf);
    if (!values.every((value) => ['string', 'number', 'boolean'].includes(typeof value))) return SYNTAX;
  }
  return undefined;
}

/** `Action` or `NotAction` must be there, not both, and not empty. */
const oneOf =
  (key: string, missing: string): Rule =>
  (statement) => {
    const [plain, negated] = [statement[key], statement[`Not${key}`]];
    if (plain !== undefined && negated !== undefined) return SYNTAX;
    return listOf(plain ?? negated).length === 0 ? missing : undefined;
  };

const prohibited =
  (key: string): Rule =>
  (statement) =>
    key in statement ? `Has prohibited field ${key}` : undefined;

function actionsProblem(statement: JsonObject): string | undefined {
  for (const action of [
    ...(textsOf(statement['Action']) ?? []),
    ...(textsOf(statement['NotAction']) ?? []),
  ]) {
    const problem = action === '*' ? undefined : actionProblem(action);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function actionProblem(action: string): string | undefined {
  const [vendor = '', ...rest] = action.split(':');
  if (rest.length === 0) return 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.';
  if (rest.length > 1) return 'Actions/Condition can contain only one colon.';
  return /^[a-zA-Z0-9-]+$/.test(vendor) ? undefined : `Vendor ${vendor} is not valid`;
}

function resourcesProblem(statement: JsonObject): string | undefined {
  for (const resource of [
    ...(textsOf(statement['Resource']) ?? []),
    ...(textsOf(statement['NotResource']) ?? []),
  ]) {
    if (resource === '*') continue;
    if (!resource.startsWith('arn:')) return `Resource ${resource} must be in ARN format or "*".`;
    if (resource.split(':').length < 6) return 'The policy failed legacy parsing';
  }
  return undefined;
}

/** What one may do with a role's sessions; wildcards over them too. */
function trustActionsProblem(statement: JsonObject): string | undefined {
  const known =
    /^sts:(?:AssumeRole(?:WithSAML|WithWebIdentity)?|TagSession|SetSourceIdentity|SetContext|[A-Za-z]*\*)$/i;
  return (textsOf(statement['Action']) ?? []).every((action) => known.test(action))
    ? undefined
    : 'AssumeRole policy may only specify STS AssumeRole actions.';
}

const PRINCIPAL_KINDS: ReadonlySet<string> = new Set(['AWS', 'Service', 'Federated', 'CanonicalUser']);

function principalProblem(statement: JsonObject): string | undefined {
  const principal = statement['Principal'];
  if (principal === '*') return undefined;
  if (!isObject(principal) || Object.keys(principal).length === 0) return SYNTAX;
  for (const [kind, value] of Object.entries(principal)) {
    const names = textsOf(value);
    if (!PRINCIPAL_KINDS.has(kind) || names === undefined || names.length === 0) return SYNTAX;
    const wrong = names.find((name) => !isPrincipalName(kind, name));
    if (wrong !== undefined) return invalidPrincipal(kind === 'Service' ? 'SERVICE' : kind, wrong);
  }
  return undefined;
}

function isPrincipalName(kind: string, name: string): boolean {
  if (kind === 'Service')
    return /^[a-z0-9.-]+\.(?:amazonaws\.com(?:\.cn)?|amazon\.com|aws\.internal)$/.test(name);
  if (kind !== 'AWS') return name !== '';
  return (
    name === '*' ||
    /^[0-9]{12}$/.test(name) ||
    /^arn:[a-z-]+:(?:iam::[0-9]{12}:(?:root|user\/.+|role\/.+)|sts::[0-9]{12}:(?:assumed-role|federated-user)\/.+)$/.test(
      name,
    )
  );
}

const hasOnly = (object: JsonObject, keys: ReadonlySet<string>): boolean =>
  Object.keys(object).every((key) => keys.has(key));
