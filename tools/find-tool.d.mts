import type { ToolDefinition } from './tool-definitions.d.mts';

export interface FoundTool {
  readonly path: string;
  /** Where it came from: the name of the environment variable, `PATH`, `cache`, `go build` or `Temporal SDK download`. */
  readonly origin: string;
}

export function findTool(name: ToolDefinition['name'], env?: NodeJS.ProcessEnv): FoundTool | undefined;
export function requireTool(name: ToolDefinition['name'], env?: NodeJS.ProcessEnv): FoundTool;
export function howToInstall(name: ToolDefinition['name']): string;
