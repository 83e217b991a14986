import type { EnvironmentFile } from '../../shapes/generated/ecs.ts';

const FILES_MAX_COUNT = 10;
const S3_OBJECT_ARN = /^arn:aws[a-z-]*:s3:::[^/]+\/.+$/;

/** What the service says about a list of environment files; undefined when it takes it. (TDF-17) */
export function brokenEnvironmentFiles(files: readonly EnvironmentFile[]): string | undefined {
  if (files.length > FILES_MAX_COUNT) {
    return 'The maximum number of environment files was exceeded. Specify ten or less and try again.';
  }
  return files.every(({ value }) => isObjectArn(value)) ? undefined : 'Invalid arn syntax.';
}

/** Whether a text is the ARN of an S3 object. */
export const isObjectArn = (text: string): boolean => S3_OBJECT_ARN.test(text);
