import { parseArgs } from 'node:util';
import { benchApi } from './api.ts';
import { benchDocker } from './docker.ts';
import { benchRunTask } from './run-task.ts';
import { benchScale } from './scale.ts';
import { benchStore } from './store.ts';
import { machine } from './table.ts';

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '1000,10000,100000' },
    only: { type: 'string', default: '' },
  },
});
const taskCounts = values.tasks.split(',').map(Number);

/** What is measured, by the name that `--only` takes, in order. */
const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  store: benchStore,
  api: () => benchApi(taskCounts),
  run: () => benchRunTask(taskCounts),
  scale: () => benchScale(Math.max(...taskCounts)),
  docker: benchDocker,
};

process.stdout.write(`## Gantry, measured\n\n${machine()}\n`);
const wanted = values.only === '' ? Object.keys(PARTS) : values.only.split(',');
for (const name of wanted) await PARTS[name]?.();
