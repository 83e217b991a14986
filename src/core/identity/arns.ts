/** The ARN of the account itself, which is also the one of its root principal. */
export const rootArn = (accountId: string): string => `arn:aws:iam::${accountId}:root`;

/** `path` begins and ends with a slash; `/` for none. */
export const userArn = (accountId: string, path: string, name: string): string =>
  `arn:aws:iam::${accountId}:user${path}${name}`;

/** `path` begins and ends with a slash; `/` for none. */
export const groupArn = (accountId: string, path: string, name: string): string =>
  `arn:aws:iam::${accountId}:group${path}${name}`;

/** `path` begins and ends with a slash; `/` for none. */
export const roleArn = (accountId: string, path: string, name: string): string =>
  `arn:aws:iam::${accountId}:role${path}${name}`;

/** `path` begins and ends with a slash; `/` for none. */
export const instanceProfileArn = (accountId: string, path: string, name: string): string =>
  `arn:aws:iam::${accountId}:instance-profile${path}${name}`;

/** A managed policy of the account; `path` begins and ends with a slash. */
export const policyArn = (accountId: string, path: string, name: string): string =>
  `arn:aws:iam::${accountId}:policy${path}${name}`;

/** An OIDC provider; `issuer` is its URL without `https://`. */
export const openIdConnectProviderArn = (accountId: string, issuer: string): string =>
  `arn:aws:iam::${accountId}:oidc-provider/${issuer}`;

/** A session of a role. The role's path is not part of it. */
export const assumedRoleArn = (accountId: string, roleName: string, sessionName: string): string =>
  `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`;
