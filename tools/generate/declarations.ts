import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What only the type declarations of a package tell. */
export interface Declarations {
  /** Values of each enum, by name. */
  readonly enums: ReadonlyMap<string, readonly string[]>;
  /** For `Structure.member`, the enum that it holds, directly or in a list or map. */
  readonly enumOf: ReadonlyMap<string, string>;
}

/** Reads the enums of a package and which members use them. */
export function readDeclarations(packageDir: string): Declarations {
  const models = join(packageDir, 'dist-types', 'models');
  const enums = new Map<string, readonly string[]>();
  const texts = readdirSync(models)
    .filter((file) => file.endsWith('.d.ts'))
    .map((file) => readFileSync(join(models, file), 'utf8'));
  for (const text of texts) {
    for (const [, name, body] of text.matchAll(/^export declare const (\w+): \{\n([\s\S]*?)^\};/gm)) {
      if (name !== undefined && body !== undefined) enums.set(name, enumValues(body));
    }
  }
  const enumOf = new Map<string, string>();
  for (const text of texts) linkEnums(text, enums, enumOf);
  return { enums, enumOf };
}

/** The names after `@throws` of an operation, without the client's own base class. */
export function readErrors(packageDir: string, operation: string): string[] {
  const text = readFileSync(join(packageDir, 'dist-types', 'commands', `${operation}Command.d.ts`), 'utf8');
  return [...text.matchAll(/@throws \{@link (\w+)\} \((?:client|server) fault\)/g)].flatMap(([, name]) =>
    name === undefined ? [] : [name],
  );
}

/** What the client is configured with for its service. */
export interface ProtocolFacts {
  readonly protocol: 'awsJson1_0' | 'awsJson1_1' | 'awsQuery' | 'ec2Query' | 'restXml';
  readonly serviceId: string;
  readonly version: string;
  readonly xmlNamespace: string;
  readonly targetPrefix: string;
  readonly signingName: string;
}

const PROTOCOLS: Readonly<Record<string, ProtocolFacts['protocol']>> = {
  AwsJson1_0Protocol: 'awsJson1_0',
  AwsJson1_1Protocol: 'awsJson1_1',
  AwsQueryProtocol: 'awsQuery',
  AwsEc2QueryProtocol: 'ec2Query',
  S3RestXmlProtocol: 'restXml',
};

/** Reads protocol, version and names from the client's default configuration. */
export function readProtocol(packageDir: string): ProtocolFacts {
  const config = readFileSync(join(packageDir, 'dist-es', 'runtimeConfig.shared.js'), 'utf8');
  const schemes = readFileSync(join(packageDir, 'dist-es', 'auth', 'httpAuthSchemeProvider.js'), 'utf8');
  const found = (text: string, pattern: RegExp): string => {
    const value = pattern.exec(text)?.[1];
    if (value === undefined) throw new Error(`${packageDir}: nothing matches ${pattern}`);
    return value;
  };
  const protocolClass = found(config, /protocol: config\?\.protocol \?\? (\w+)/);
  const protocol = PROTOCOLS[protocolClass];
  if (protocol === undefined) throw new Error(`${packageDir}: unknown protocol ${protocolClass}`);
  return {
    protocol,
    serviceId: found(config, /serviceId: config\?\.serviceId \?\? "([^"]+)"/),
    version: found(config, /\n\s+version: "([^"]+)"/),
    // A service that speaks only JSON may have none.
    xmlNamespace: /xmlNamespace: "([^"]+)"/.exec(config)?.[1] ?? '',
    targetPrefix: found(config, /serviceTarget: "([^"]+)"/),
    signingName: found(schemes, /name: "([^"]+)"/),
  };
}

function enumValues(body: string): string[] {
  return [...body.matchAll(/^\s+readonly \S+: ("(?:[^"\\]|\\.)*");/gm)].flatMap(([, literal]) =>
    literal === undefined ? [] : [JSON.parse(literal) as string],
  );
}

function linkEnums(
  text: string,
  enums: ReadonlyMap<string, readonly string[]>,
  enumOf: Map<string, string>,
): void {
  for (const [, structure, body] of text.matchAll(/^export interface (\w+)[^{]*\{\n([\s\S]*?)^\}/gm)) {
    if (structure === undefined || body === undefined) continue;
    for (const [, member, type] of body.matchAll(/^ {4}(\w+)\??: ([^;]+);/gm)) {
      const name = type === undefined ? undefined : enumName(type);
      if (member !== undefined && name !== undefined && enums.has(name))
        enumOf.set(`${structure}.${member}`, name);
    }
  }
}

/** `LaunchType | undefined`, `(LaunchType)[] | undefined`, `Partial<Record<Key, LaunchType>>` → `LaunchType`. */
function enumName(type: string): string | undefined {
  const plain = type.replace(' | undefined', '').trim();
  const value = /^(?:Partial<)?Record<\w+, (\w+)>+$/.exec(plain)?.[1] ?? plain;
  return /^\(?(\w+)\)?(?:\[\])*$/.exec(value)?.[1];
}
