import { type Birth, dataFiles, readJson, writePrivateJson } from './data-dir.ts';
import type { Settings } from './settings.ts';
import { UsageError } from './usage-error.ts';
import { chooseVpcRange } from './vpc-range.ts';

/** What the first start fixed; this one fixes it when it is the first. Refuses settings that disagree. */
export function ensureBirth(settings: Settings): Birth {
  const path = dataFiles(settings.dataDir).birth;
  const known = readJson<Birth>(path);
  if (known === undefined) {
    const birth = { accountId: settings.accountId, region: settings.region, vpcCidr: chooseVpcRange() };
    writePrivateJson(path, birth);
    return birth;
  }
  for (const [option, then, now] of [
    ['--account', known.accountId, settings.accountId],
    ['--region', known.region, settings.region],
  ] as const) {
    if (then !== now) {
      throw new UsageError(
        `${settings.dataDir} was started with ${option} ${then}, and every ARN in it says so. Start with ${option} ${then}, or choose another --data-dir.`,
      );
    }
  }
  return known;
}
