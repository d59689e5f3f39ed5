export function installDependencies(root: string, log: (line: string) => void): Promise<void>;
export function isInstalled(root: string): boolean;
