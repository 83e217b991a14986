#!/usr/bin/env node
import { launch } from './launch.js';

await launch('session-manager-plugin', {
  script: import.meta.url,
  module: 'exec/plugin.js',
  entry: 'plugin',
});
