import { expect, test } from 'vitest';
import { bareDockerVersion, versionInfoOf } from './version-info.ts';

test('[INS-16] the engine’s version has its prefix once, whoever wrote it', () => {
  for (const dockerVersion of ['20.10.24', 'DockerVersion: 20.10.24']) {
    expect(versionInfoOf({ dockerVersion: bareDockerVersion(dockerVersion) })).toEqual({
      dockerVersion: 'DockerVersion: 20.10.24',
    });
  }
  expect(versionInfoOf({ agentVersion: '1.105.1' })).toEqual({ agentVersion: '1.105.1' });
});
