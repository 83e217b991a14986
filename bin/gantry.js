#!/usr/bin/env node
import { launch } from './launch.js';

await launch('gantry', { script: import.meta.url, module: 'gantry.js', entry: 'main' });
