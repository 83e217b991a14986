/** A service's tag, or a Docker label of a container, that asks for it when its value is `true`. */
const REDEPLOY_KEY = 'gantry.redeploy-on-secret-change';

/** Whether a service is to be deployed anew when a value that its tasks read has a new version. (TSC-9) */
export const redeploysOnChange = (
  tags: readonly { readonly key?: string | undefined; readonly value?: string | undefined }[],
  containers: readonly { readonly dockerLabels?: Readonly<Record<string, string>> | undefined }[],
): boolean =>
  tags.some(({ key, value }) => key === REDEPLOY_KEY && value === 'true') ||
  containers.some(({ dockerLabels }) => dockerLabels?.[REDEPLOY_KEY] === 'true');

/** The version of each value, by its `valueFrom`; what is not there has none. */
export type ValueVersions = Readonly<Record<string, string>>;

/**
 * The sources whose version is another one now. One that has gone, or that was not there before, is no reason to start
 * tasks that could not read it, or that read it already. (TSC-9)
 */
export const changedValues = (before: ValueVersions, now: ValueVersions): readonly string[] =>
  Object.entries(now).flatMap(([valueFrom, version]) =>
    before[valueFrom] !== undefined && before[valueFrom] !== version ? [valueFrom] : [],
  );
