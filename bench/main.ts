import { parseArgs } from 'node:util';
import { benchApi } from './api.ts';
import { machine } from './table.ts';

const { values } = parseArgs({ options: { tasks: { type: 'string', default: '1000,10000,100000' } } });

process.stdout.write(`## Gantry, measured\n\n${machine()}\n`);
await benchApi(values.tasks.split(',').map(Number));
