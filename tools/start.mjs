// `npm start`: sets up whatever is missing, then runs Gantry on this machine with its sample service.
import { spawn } from 'node:child_process';
import { ensureBuild, ensureDependencies, ensurePackages, environment, node, root } from './setup.mjs';

ensureDependencies();
ensureBuild();
const wantsContainers = !process.argv.includes('simulated');
if (wantsContainers && process.platform === 'linux' && process.getuid?.() === 0) {
  ensurePackages({ ip: 'iproute2', iptables: 'iptables', busybox: 'busybox-static' });
}
const child = spawn(node(), ['bin/gantry.js', 'up', '--sample', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: environment(),
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (status) => process.exit(status ?? 1));
