import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { agentDeaths } from './hard/agent-deaths.ts';
import { crowds } from './hard/crowds.ts';
import { engineDeaths } from './hard/engine-deaths.ts';
import { whyNoTestEngine } from './support/engine.ts';
import { type KillLab, startKillLab } from './support/task-life.ts';

const missing = await whyNoTestEngine();

describe.skipIf(missing !== undefined)('hard days of a host', () => {
  let kills: KillLab;

  beforeAll(async () => {
    kills = await startKillLab();
  });

  afterEach(() => {
    kills?.engineCalls.meddle(undefined);
  });

  afterAll(async () => {
    await kills?.close();
  });

  agentDeaths(() => kills);
  engineDeaths(() => kills);
  crowds(() => kills);
});
