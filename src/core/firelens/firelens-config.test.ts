import { describe, expect, test } from 'vitest';
import { type FirelensView, firelensConfig } from './firelens-config.ts';

const VIEW: FirelensView = {
  type: 'fluentbit',
  options: {},
  networkMode: 'awsvpc',
  clusterName: 'main',
  taskArn: 'arn:aws:ecs:us-east-1:000000000000:task/main/0123',
  taskDefinition: 'web:3',
  logOptions: {
    app: {
      Name: 'stdout',
      Format: 'json_lines',
      'include-pattern': '^keep',
      'exclude-pattern': 'drop$',
      'log-driver-buffer-limit': '1000',
    },
  },
};

describe('firelensConfig', () => {
  test('[FLN-2] for Fluent Bit: inputs, metadata, filters, an external file, outputs', () => {
    const options = { 'config-file-type': 'file', 'config-file-value': '/extra.conf' };
    expect(firelensConfig({ ...VIEW, options })).toBe(`[INPUT]
    Name forward
    unix_path /var/run/fluent.sock

[INPUT]
    Name forward
    Listen 127.0.0.1
    Port 24224

[INPUT]
    Name tcp
    Tag firelens-healthcheck
    Listen 127.0.0.1
    Port 8877

[FILTER]
    Name record_modifier
    Match *
    Record ecs_cluster main
    Record ecs_task_arn arn:aws:ecs:us-east-1:000000000000:task/main/0123
    Record ecs_task_definition web:3

[FILTER]
    Name grep
    Match app-firelens*
    Regex log ^keep

[FILTER]
    Name grep
    Match app-firelens*
    Exclude log drop$

@INCLUDE /extra.conf

[OUTPUT]
    Name null
    Match firelens-healthcheck

[OUTPUT]
    Name stdout
    Match app-firelens*
    Format json_lines
`);
  });

  test('[FLN-2] for Fluentd, in bridge mode', () => {
    const logOptions = { app: { '@type': 'stdout', 'include-pattern': 'a', 'exclude-pattern': 'b' } };
    expect(firelensConfig({ ...VIEW, type: 'fluentd', networkMode: 'bridge', logOptions })).toBe(`<source>
    @type unix
    path /var/run/fluent.sock
</source>

<source>
    @type forward
    bind 0.0.0.0
    port 24224
</source>

<filter **>
    @type record_transformer
    <record>
        ecs_cluster main
        ecs_task_arn arn:aws:ecs:us-east-1:000000000000:task/main/0123
        ecs_task_definition web:3
    </record>
</filter>

<filter app-firelens**>
    @type grep
    <regexp>
        key log
        pattern a
    </regexp>
</filter>

<filter app-firelens**>
    @type grep
    <exclude>
        key log
        pattern b
    </exclude>
</filter>

<match app-firelens**>
    @type stdout
</match>
`);
  });

  test('[FLN-2] without metadata, network and outputs there is the socket alone', () => {
    const options = { 'enable-ecs-log-metadata': 'false' };
    expect(firelensConfig({ ...VIEW, options, networkMode: 'host', logOptions: { app: {} } })).toBe(
      '[INPUT]\n    Name forward\n    unix_path /var/run/fluent.sock\n',
    );
  });

  test.each([
    ['fluentd', '\n@include /fluentd/etc/external.conf\n'],
    ['fluentbit', '\n@INCLUDE /fluent-bit/etc/external.conf\n'],
  ] as const)('[FLN-5] %s includes a file of S3 where it is bound', (type, line) => {
    const options = { 'config-file-type': 's3', 'config-file-value': 'arn:aws:s3:::b/k' };
    expect(firelensConfig({ ...VIEW, type, options })).toContain(line);
  });
});
