/** A statement of an AWS-managed policy, as AWS writes it. */
export interface ManagedStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** The actions of one service: `of('ecr', 'PutImage BatchGetImage')`. */
export const of = (service: string, names: string): readonly string[] =>
  names.split(' ').map((name) => `${service}:${name}`);

/** An Allow statement on everything. */
export const allowAll = (...actions: readonly string[]): ManagedStatement => ({
  Effect: 'Allow',
  Action: actions,
  Resource: '*',
});

/** The ARNs of EC2 resources of several types, in any region and account. */
export const ec2Arns = (types: string): readonly string[] =>
  types.split(' ').map((type) => `arn:aws:ec2:*:*:${type}/*`);
