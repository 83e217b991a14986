/**
 * The task as the agent protocol carries it from the control plane to a host. Member names are the protocol's own;
 * what it cannot say in members of its own travels as JSON text in `dockerConfig`.
 */

/** Temporary credentials of a role. `expiration` is ISO 8601 in UTC; `credentialsId` is the secret part of a URL. */
export interface RoleCredentials {
  readonly credentialsId: string;
  readonly roleArn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: string;
}

/** How the agent gets into the registry of an image. */
export type RegistryAuthentication =
  | { readonly type: 'ecr'; readonly ecrAuthData: EcrAuthData }
  | { readonly type: 'asm'; readonly asmAuthData: AsmAuthData };

/** By a token of ECR. */
export interface EcrAuthData {
  readonly registryId: string;
  readonly region: string;
  /** Where `GetAuthorizationToken` is answered, with its scheme. */
  readonly endpointOverride: string;
  /** False means that the agent signs with its own credentials. */
  readonly useExecutionRole: boolean;
}

/** By a secret that holds `{"username": …, "password": …}`, read with the execution role. */
export interface AsmAuthData {
  /** The ARN of the secret, or its name in the task's own account. */
  readonly credentialsParameter: string;
  readonly region: string;
}

/** A value that the host reads before the container starts, as the task's execution role. */
export interface PayloadSecret {
  readonly name: string;
  /** As the definition has it. */
  readonly valueFrom: string;
  /** MOUNT_POINT is a file in the container, BOOTSTRAP an option of the log driver. */
  readonly type: 'ENVIRONMENT_VARIABLE' | 'MOUNT_POINT' | 'BOOTSTRAP';
  readonly provider: 'ssm' | 'asm';
  readonly region: string;
  readonly containerPath?: string | undefined;
  readonly target: 'CONTAINER' | 'LOG_DRIVER';
}

/** A port of a container; `hostPort` 0 lets the engine choose. */
export interface PayloadPort {
  readonly containerPort: number;
  readonly hostPort: number;
  readonly protocol: 'tcp' | 'udp';
}

/** Ports of a container in a row, `<first>-<last>`; the host finds as many ports in a row. */
export interface PayloadPortRange {
  readonly containerPortRange: string;
  readonly protocol: 'tcp' | 'udp';
}

/** What must have happened to another container before this one starts. */
export interface PayloadDependency {
  readonly containerName: string;
  readonly condition: 'START' | 'COMPLETE' | 'SUCCESS' | 'HEALTHY';
}

/** A container that ends is started again, unless its exit code is ignored or it ran for less than the period. */
export interface PayloadRestartPolicy {
  readonly enabled: boolean;
  readonly ignoredExitCodes: readonly number[];
  /** Seconds. */
  readonly restartAttemptPeriod: number;
}

/** One container of a payload. */
export interface PayloadContainer {
  readonly name: string;
  readonly containerArn: string;
  readonly image: string;
  readonly essential: boolean;
  /** CPU units. */
  readonly cpu: number;
  /** Hard limit in MiB; 0 means none of its own. */
  readonly memory: number;
  readonly entryPoint?: readonly string[] | undefined;
  readonly command?: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** ARNs of S3 objects. */
  readonly environmentFiles?: readonly { readonly value: string; readonly type: 's3' }[] | undefined;
  readonly secrets?: readonly PayloadSecret[] | undefined;
  readonly portMappings: readonly (PayloadPort | PayloadPortRange)[];
  readonly mountPoints?:
    | readonly { readonly sourceVolume: string; readonly containerPath: string; readonly readOnly: boolean }[]
    | undefined;
  readonly volumesFrom?:
    | readonly { readonly sourceContainer: string; readonly readOnly: boolean }[]
    | undefined;
  readonly links?: readonly string[] | undefined;
  readonly dependsOn?: readonly PayloadDependency[] | undefined;
  /** Seconds. */
  readonly startTimeout?: number | undefined;
  /** Seconds. */
  readonly stopTimeout?: number | undefined;
  readonly healthCheckType?: 'docker' | undefined;
  readonly restartPolicy?: PayloadRestartPolicy | undefined;
  readonly registryAuthentication?: RegistryAuthentication | undefined;
  /** Makes the container the task's log router. */
  readonly firelensConfiguration?:
    | { readonly type: 'fluentd' | 'fluentbit'; readonly options: Readonly<Record<string, string>> }
    | undefined;
  /** What the agent is to run beside the container's own program. */
  readonly managedAgents?:
    | readonly {
        readonly name: 'ExecuteCommandAgent';
        readonly properties: Readonly<Record<string, string>>;
      }[]
    | undefined;
  readonly logsAuthStrategy?: 'ExecutionRole' | undefined;
  /** JSON text that may hold `command` alone; all other overrides are merged before sending. */
  readonly overrides: string;
  readonly dockerConfig: {
    /** JSON text of a fragment of the engine's container configuration. */
    readonly config: string;
    /** JSON text of a fragment of the engine's host configuration. */
    readonly hostConfig: string;
    /** The least version of the engine's API. */
    readonly version: string;
  };
}

/** A task's own network interface. The gateway is in CIDR form. */
export interface PayloadInterface {
  readonly name: string;
  readonly ec2Id: string;
  readonly macAddress: string;
  readonly attachmentArn: string;
  readonly index: number;
  readonly ipv4Addresses: readonly { readonly privateAddress: string; readonly primary: boolean }[];
  readonly subnetGatewayIpv4Address: string;
  readonly domainNameServers: readonly string[];
  readonly domainName: readonly string[];
  readonly privateDnsName: string;
}

/** A file system of EFS, or a part of it. */
export interface PayloadEfsVolume {
  readonly fileSystemId: string;
  readonly rootDirectory?: string | undefined;
  readonly transitEncryption?: string | undefined;
  readonly transitEncryptionPort?: number | undefined;
  readonly authorizationConfig?:
    | { readonly accessPointId?: string | undefined; readonly iam?: string | undefined }
    | undefined;
}

/** A volume that containers of the task mount. */
export interface PayloadVolume {
  readonly name: string;
  readonly type: 'host' | 'docker' | 'efs';
  readonly efsVolumeConfiguration?: PayloadEfsVolume | undefined;
  readonly host?: { readonly sourcePath: string } | undefined;
  readonly dockerVolumeConfiguration?:
    | {
        readonly scope: 'task' | 'shared';
        readonly autoprovision: boolean;
        readonly driver: string;
        readonly driverOpts?: Readonly<Record<string, string>> | undefined;
        readonly labels?: Readonly<Record<string, string>> | undefined;
      }
    | undefined;
}

/** A task to run. */
export interface PayloadTask {
  readonly arn: string;
  readonly taskClusterArn: string;
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  readonly family: string;
  readonly version: string;
  readonly taskDefinitionAccountId: string;
  readonly serviceName?: string | undefined;
  readonly group?: string | undefined;
  readonly launchType: 'EC2' | 'EXTERNAL' | 'FARGATE';
  readonly networkMode: 'bridge' | 'host' | 'none' | 'awsvpc';
  /** vCPUs; absent means no limit of the task as a whole. */
  readonly cpu?: number | undefined;
  /** MiB; absent means no limit of the task as a whole. */
  readonly memory?: number | undefined;
  readonly pidMode?: string | undefined;
  readonly ipcMode?: string | undefined;
  readonly enableFaultInjection?: boolean | undefined;
  readonly containers: readonly PayloadContainer[];
  readonly volumes: readonly PayloadVolume[];
  readonly roleCredentials?: RoleCredentials | undefined;
  readonly executionRoleCredentials?: RoleCredentials | undefined;
  readonly elasticNetworkInterfaces: readonly PayloadInterface[];
  /** Devices of the host that are the containers'. */
  readonly associations?: readonly PayloadAssociation[] | undefined;
}

/** A device of the host and the containers that have it. */
export interface PayloadAssociation {
  readonly type: 'gpu';
  /** The host's own id of it. */
  readonly name: string;
  readonly containers: readonly string[];
  readonly content: { readonly encoding: 'base64'; readonly value: string };
}
