import { existsSync, readFileSync } from 'node:fs';
import { EngineClient } from '../../runtime/docker/engine-client.ts';
import { importImage } from '../../runtime/docker/import-image.ts';
import { ensureLocalEngine } from '../engine.ts';
import { UsageError } from '../usage-error.ts';

const REFERENCE = 'gantry-sample:1';
/** Where Debian's `busybox-static` has its one program, which holds a web server. */
const BUSYBOX = ['/bin/busybox', '/usr/bin/busybox'];

const PAGE = `<!doctype html>
<title>Hello from Gantry</title>
<h1>Hello from a container</h1>
<p>This page is served by a FARGATE task of the ECS service <code>hello</code>, on this machine.</p>
`;

/** Makes the image of the sample web service from this machine's busybox; nothing is downloaded. Answers its name. */
export async function makeSampleImage(dataDir: string): Promise<string> {
  const busybox = BUSYBOX.find((path) => existsSync(path));
  if (busybox === undefined) {
    throw new UsageError(
      'The sample service needs a static busybox. On Debian or Ubuntu: apt-get install busybox-static',
    );
  }
  await importImage(new EngineClient(await ensureLocalEngine(dataDir)), {
    reference: REFERENCE,
    entries: [
      { path: 'bin', isFolder: true },
      { path: 'bin/busybox', content: readFileSync(busybox), mode: 0o755 },
      { path: 'www', isFolder: true },
      { path: 'www/index.html', content: Buffer.from(PAGE), mode: 0o644 },
    ],
    changes: ['CMD ["/bin/busybox", "httpd", "-f", "-p", "80", "-h", "/www"]', 'EXPOSE 80'],
    step: 'pull',
  });
  return REFERENCE;
}
