import type { ServiceName } from '../shapes/tables.ts';
import { type ConstraintIssue, type Issue, type LimitIssue, type Path, pathText } from './issue.ts';
import { clientRefusal, type Refusal } from './refusal.ts';

/** How one service words what is wrong with a request, apart from how it is found. */
export interface Dialect {
  /** The body is not JSON, or not an object. */
  unreadable(detail: string): Refusal;
  /** There is at least one issue. */
  refuse(operation: string, issues: readonly Issue[]): Refusal;
  /** Something broke on our side; the cause is in the log and nowhere else. */
  readonly internal: Refusal;
}

/** The dialect of each service. */
export const dialectOf = (service: ServiceName): Dialect => DIALECTS[service];

const internal = (code: string): Refusal => ({
  status: 500,
  code,
  message: 'The request processing has failed because of an unknown error, exception or failure.',
  fault: 'server',
});

/** Wrong JSON types: the text is the service's; we add which member it is about. */
function typeText(issue: Extract<Issue, { kind: 'type' }>): string {
  const where = pathText(issue.path);
  if (issue.found === 'list') return `Start of list found where not expected: ${where}`;
  if (issue.found === 'structure') return `Start of structure or map found where not expected: ${where}`;
  return `${issue.found} cannot be converted to ${issue.wanted}: ${where}`;
}

const limitText = (issue: LimitIssue): string =>
  `The request exceeds the limit ${issue.limit} of ${issue.allowed}${issue.path.length === 0 ? '.' : `: ${pathText(issue.path)}`}`;

/** Types and limits come first: while they are wrong the rest means little. */
function serializationIssue(issues: readonly Issue[]): string | undefined {
  const issue = issues.find(({ kind }) => kind === 'type' || kind === 'limit');
  if (issue?.kind === 'type') return typeText(issue);
  return issue?.kind === 'limit' ? limitText(issue) : undefined;
}

/** `tags.1.member.key`: the path as the validation of most services writes it. */
const modelPath = (path: Path): string =>
  path
    .map((step) =>
      typeof step === 'number' ? `${step + 1}.member` : step.charAt(0).toLowerCase() + step.slice(1),
    )
    .join('.');

function boundText(issue: ConstraintIssue): string {
  switch (issue.bound) {
    case 'minLength':
      return `Member must have length greater than or equal to ${issue.limit}`;
    case 'maxLength':
      return `Member must have length less than or equal to ${issue.limit}`;
    case 'min':
      return `Member must have value greater than or equal to ${issue.limit}`;
    case 'max':
      return `Member must have value less than or equal to ${issue.limit}`;
    case 'pattern':
      return `Member must satisfy regular expression pattern: ${issue.limit}`;
  }
}

function failureText(issue: Issue): string {
  const at = `at '${modelPath(issue.path)}' failed to satisfy constraint:`;
  switch (issue.kind) {
    case 'required':
      return `Value null ${at} Member must not be null`;
    case 'enum':
      return `Value '${issue.found}' ${at} Member must satisfy enum value set: [${issue.values.join(', ')}]`;
    case 'constraint':
      return `Value '${issue.found}' ${at} ${boundText(issue)}`;
    default:
      return serializationIssue([issue]) ?? '';
  }
}

/** `2 validation errors detected: …; …` */
function validationText(issues: readonly Issue[]): string {
  const count = issues.length === 1 ? '1 validation error' : `${issues.length} validation errors`;
  return `${count} detected: ${issues.map(failureText).join('; ')}`;
}

/** Services with the common validation: all issues in one text, one code for them, one for what cannot be read. */
const coral = (codes: { unreadable: string; invalid: string; internal: string }): Dialect => ({
  unreadable: (detail) => clientRefusal(codes.unreadable, detail),
  refuse: (_operation, issues) => {
    const unreadable = serializationIssue(issues);
    return unreadable === undefined
      ? clientRefusal(codes.invalid, validationText(issues))
      : clientRefusal(codes.unreadable, unreadable);
  },
  internal: internal(codes.internal),
});

/** Operations of ECS that answer a missing member with `ClientException` and another text. */
const ECS_CLIENT_EXCEPTIONS: ReadonlySet<string> = new Set([
  'RegisterTaskDefinition',
  'DescribeTaskDefinition',
  'DeregisterTaskDefinition',
  'RegisterDaemonTaskDefinition',
]);

/** The code of ECS for a value of the wrong JSON type. */
const ECS_WRONG_TYPE = 'InvalidParameterException';

const ecs: Dialect = {
  unreadable: (detail) => clientRefusal('SerializationException', detail),
  refuse: (operation, issues) => {
    const unreadable = serializationIssue(issues);
    if (unreadable !== undefined) return clientRefusal(ECS_WRONG_TYPE, unreadable);
    const missing = issues.find(({ kind }) => kind === 'required');
    if (missing === undefined) return clientRefusal('InvalidParameterException', validationText(issues));
    const where = pathText(missing.path);
    return ECS_CLIENT_EXCEPTIONS.has(operation)
      ? clientRefusal('ClientException', `${containerText(missing.path)} should not be null or empty.`)
      : clientRefusal(
          'InvalidParameterException',
          `${where.charAt(0).toUpperCase()}${where.slice(1)} cannot be empty.`,
        );
  },
  internal: internal('ServerException'),
};

/** Members of a container are named `Container.image` in the texts of task definitions. */
function containerText(path: Path): string {
  const [list, , ...rest] = path;
  return list === 'containerDefinitions' && rest.length > 0 ? `Container.${pathText(rest)}` : pathText(path);
}

const ecrRules = (issue: ConstraintIssue): string => {
  switch (issue.bound) {
    case 'pattern':
      return `must satisfy regular expression '${issue.limit}'`;
    case 'minLength':
      return `must have length greater than or equal to '${issue.limit}'`;
    case 'maxLength':
      return `must have length less than or equal to '${issue.limit}'`;
    case 'min':
      return `must have value greater than or equal to '${issue.limit}'`;
    case 'max':
      return `must have value less than or equal to '${issue.limit}'`;
  }
};

const ecrBase = coral({
  unreadable: 'SerializationException',
  invalid: 'InvalidParameterException',
  internal: 'ServerException',
});

const ecr: Dialect = {
  ...ecrBase,
  refuse: (operation, issues) => {
    const [issue] = issues;
    if (serializationIssue(issues) !== undefined || issue?.kind !== 'constraint')
      return ecrBase.refuse(operation, issues);
    const text = `Invalid parameter at '${modelPath(issue.path)}' failed to satisfy constraint: '${ecrRules(issue)}'`;
    return clientRefusal('InvalidParameterException', text);
  },
};

const ec2: Dialect = {
  unreadable: (detail) => clientRefusal('MalformedQueryString', detail),
  refuse: (_operation, issues) => {
    const issue = issues.find(({ kind }) => kind === 'type' || kind === 'limit') ?? issues[0];
    const where = issue === undefined ? '' : ec2Path(issue.path);
    if (issue?.kind === 'required') {
      return clientRefusal('MissingParameter', `The request must contain the parameter ${where}`);
    }
    if (issue?.kind === 'limit') return clientRefusal('InvalidParameterValue', limitText(issue));
    const found = issue === undefined ? '' : issue.found;
    return clientRefusal('InvalidParameterValue', `Value (${found}) for parameter ${where} is invalid.`);
  },
  internal: internal('InternalError'),
};

const ec2Path = (path: Path): string =>
  path.map((step) => (typeof step === 'number' ? step + 1 : step)).join('.');

const DIALECTS: Readonly<Record<ServiceName, Dialect>> = {
  ecs,
  ecr,
  logs: coral({
    unreadable: 'SerializationException',
    invalid: 'InvalidParameterException',
    internal: 'InternalFailure',
  }),
  iam: coral({ unreadable: 'MalformedInput', invalid: 'ValidationError', internal: 'ServiceFailure' }),
  sts: coral({ unreadable: 'MalformedInput', invalid: 'ValidationError', internal: 'InternalFailure' }),
  ec2,
  s3: {
    unreadable: () =>
      clientRefusal(
        'MalformedXML',
        'The XML you provided was not well-formed or did not validate against our published schema',
      ),
    refuse: (_operation, issues) =>
      clientRefusal(
        issues.some(({ kind }) => kind === 'required') ? 'InvalidRequest' : 'InvalidArgument',
        validationText(issues),
      ),
    internal: {
      status: 500,
      code: 'InternalError',
      message: 'We encountered an internal error. Please try again.',
      fault: 'server',
    },
  },
  secretsmanager: coral({
    unreadable: 'SerializationException',
    invalid: 'ValidationException',
    internal: 'InternalServiceError',
  }),
  ssm: coral({
    unreadable: 'SerializationException',
    invalid: 'ValidationException',
    internal: 'InternalServerError',
  }),
};
