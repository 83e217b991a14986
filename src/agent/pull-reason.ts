import { errorText } from '../lib/error-text.ts';
import { AwsError } from './aws-call.ts';
import { SecretsError } from './secret-errors.ts';

/** What the ECS agent says in front of a failed pull's own text, by what the text tells. First match wins. (LIF-13) */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /is not authorized to perform|no basic auth credentials|AccessDeniedException/,
    'Check that the role has the permissions to pull images from the registry.',
  ],
  [
    /repository does not exist|manifest unknown|manifest for .* not found|name unknown/,
    'Check whether the image exists.',
  ],
  [
    /RequestError: send request failed|Client\.Timeout|context deadline exceeded|dial tcp|no such host|i\/o timeout|connection refused|network is unreachable/,
    'Check your network configuration.',
  ],
];

/** The reason of a container whose image did not come. */
export function pullReason(error: unknown): string {
  if (error instanceof SecretsError) return `ResourceInitializationError: ${error.message}`;
  const text = error instanceof AwsError ? `${error.code}: ${error.message}` : errorText(error);
  const kind = error instanceof AwsError ? 'CannotPullECRContainerError' : 'CannotPullContainerError';
  const advice = ADVICE.find(([pattern]) => pattern.test(text))?.[1];
  return `${kind}: ${advice === undefined ? '' : `The task can’t pull the image. ${advice} `}${text}`;
}
