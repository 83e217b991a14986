import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes a folder from which `docker build` makes a web server that answers `text`, without any base image. */
export function writeWebImage(folder: string, text: string): void {
  mkdirSync(folder, { recursive: true });
  copyFileSync('/bin/busybox', join(folder, 'busybox'));
  writeFileSync(join(folder, 'index.html'), `${text}\n`);
  writeFileSync(
    join(folder, 'Dockerfile'),
    [
      'FROM scratch',
      'COPY busybox /bin/busybox',
      'COPY index.html /www/index.html',
      'EXPOSE 80',
      'ENTRYPOINT ["/bin/busybox"]',
      'CMD ["httpd", "-f", "-vv", "-p", "80", "-h", "/www"]',
      '',
    ].join('\n'),
  );
}
