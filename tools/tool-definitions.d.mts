/** A server binary of the embedded stack, and how it is built from its pinned Go module. */
export interface ToolDefinition {
  readonly name: 'temporal' | 'versitygw';
  readonly purpose: string;
  /** Environment variable that names an existing binary. */
  readonly pathVariable: string;
  /** Folder of the wrapper module (go.mod, go.sum) that pins the version. */
  readonly moduleDir: string;
  readonly goModule: string;
  readonly goPackage: string;
  /** How long a build takes on two cores, in words. */
  readonly buildTime: string;
}

export const toolDefinitions: Readonly<Record<ToolDefinition['name'], ToolDefinition>>;
export function toolVersion(tool: ToolDefinition): string;
export function cachedToolPath(tool: ToolDefinition, env?: NodeJS.ProcessEnv): string;
