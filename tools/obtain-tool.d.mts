import type { FoundTool } from './find-tool.d.mts';
import type { ToolDefinition } from './tool-definitions.d.mts';

export function obtainTool(
  name: ToolDefinition['name'],
  options: { log: (line: string) => void; env?: NodeJS.ProcessEnv },
): Promise<FoundTool>;
