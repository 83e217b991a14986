import { LEVELS_MAX_COUNT, type NameProblem } from '../../core/secrets/parameter-selector.ts';
import { clientError, type ServiceError } from '../../lib/service-error.ts';

const validation = (message: string): ServiceError => clientError('ValidationException', message);

const ALLOWED_NAMES =
  'If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_';

/** Every error of the Parameter Store operations, with the code and the literal text of the service. */
export const ssmErrors = {
  /** The service says nothing beside the code. */
  notFound: () => clientError('ParameterNotFound', ''),
  versionNotFound: (name: string, selector: string) =>
    clientError(
      'ParameterVersionNotFound',
      `Systems Manager could not find version ${selector} of ${name}. Verify the version and try again.`,
    ),
  exists: () =>
    clientError(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    ),
  name: (problem: NameProblem, name: string): ServiceError => {
    switch (problem) {
      case 'reserved':
        return clientError('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
      case 'prefix':
        return validation(
          `Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive). ${ALLOWED_NAMES}`,
        );
      case 'prefix-of-path':
        return validation(
          `Parameter name: can't be prefixed with "ssm" (case-insensitive). ${ALLOWED_NAMES}`,
        );
      case 'not-qualified':
        return validation('Parameter name must be a fully qualified name.');
      case 'characters':
        return validation(
          `Only a mix of letters, numbers and the following 4 symbols .-_/ are allowed in a parameter name.`,
        );
      case 'levels':
        return clientError(
          'HierarchyLevelLimitExceededException',
          `A hierarchy can have a maximum of ${LEVELS_MAX_COUNT} levels.`,
        );
    }
  },
  path: () =>
    validation(
      'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.',
    ),
  typeMissing: () => validation('A parameter type is required when you create a parameter.'),
  tagsWithOverwrite: () =>
    validation(
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
    ),
  standardTooLong: (max: number) =>
    validation(
      `Standard tier parameters support a maximum parameter value of ${max} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html`,
    ),
  advancedTooLong: (max: number) =>
    validation(`Advanced tier parameters support a maximum parameter value of ${max} characters.`),
  downgrade: () =>
    validation(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier.",
    ),
  emptyValue: () =>
    validation(
      "1 validation error detected: Value at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ),
  pattern: (pattern: string) =>
    clientError(
      'ParameterPatternMismatchException',
      `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
    ),
  invalidPattern: () =>
    clientError('InvalidAllowedPatternException', 'The allowed pattern is not a valid regular expression.'),
  keyOfPlainValue: () => validation('KeyId is only for parameters of type SecureString.'),
  customerKey: () =>
    clientError(
      'InvalidKeyId',
      'A customer managed key is not supported yet: only the default key alias/aws/ssm.',
    ),
  versionLimit: (name: string, version: number) =>
    clientError(
      'ParameterMaxVersionLimitExceeded',
      `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite flag. Version ${version}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
    ),
  labelLimit: (max: number) =>
    clientError(
      'ParameterVersionLabelLimitExceeded',
      `A parameter version can have a maximum of ${max} labels.`,
    ),
  invalidToken: () => clientError('InvalidNextToken', 'The specified token is not valid.'),
  bothFilters: () => validation('You can use either Filters or ParameterFilters in a single request.'),
  filterKey: (key: string) =>
    clientError('InvalidFilterKey', `The following filter key is not valid: ${key}.`),
  filterOption: (option: string) =>
    clientError('InvalidFilterOption', `The following filter option is not valid: ${option}.`),
  filterValue: () => clientError('InvalidFilterValue', 'The filter value is not valid.'),
  resourceType: () => clientError('InvalidResourceType', 'Only resources of type Parameter have tags here.'),
  resourceId: () => clientError('InvalidResourceId', ''),
  tag: (detail: string) => validation(detail),
  tooManyTags: () => clientError('TooManyTagsError', 'A parameter has at most 50 tags.'),
  unsupported: (what: string) => validation(`${what} is not supported yet.`),
} as const;
