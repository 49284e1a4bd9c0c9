const BLANKS = /\s+/;

/** Programs that run the text they read. The first six are also what `sh -c` may be called. */
export const SHELLS = words('sh bash zsh dash ash ksh fish csh tcsh mksh busybox pwsh powershell eval source . iex');
/** Interpreters that run standard input when they get no script of their own. */
export const INTERPRETERS = words('python perl ruby node php lua deno bun');
/** Words after which the command still begins: they run what follows them, or are shell grammar. */
export const WRAPPERS = words(`
  sudo doas env nohup time timeout nice ionice xargs parallel exec command builtin stdbuf setsid unbuffer watch strace
  chroot unshare nsenter then do else elif if while until ! { coproc`);
/** Wrappers that add arguments of their own: the program then has some although none is seen. */
export const FEEDERS = words('xargs parallel');
/** Programs whose arguments name programs without running them. */
export const LOOKERS = words(
  'which type whereis man apt apt-get aptitude apk brew dnf yum pacman zypper snap dpkg rpm',
);

/** Names of netcat, with the pattern that its denial reports. */
export const NETCATS: ReadonlyMap<string, string> = new Map([
  ['nc', 'nc '],
  ['nc6', 'nc '],
  ['nc.openbsd', 'nc '],
  ['nc.traditional', 'nc '],
  ['netcat', 'netcat '],
  ['ncat', 'ncat '],
]);

/** The name a program goes by: the last part of its path, in lower case, without `.exe`. */
export function programName(word: string): string {
  const start = Math.max(word.lastIndexOf('/'), word.lastIndexOf('\\')) + 1;
  const name = (start === 0 ? word : word.slice(start)).toLowerCase();
  return name.endsWith('.exe') ? name.slice(0, -4) : name;
}

/** The words of a list that stands in the source over several lines. */
export function words(list: string): ReadonlySet<string> {
  return new Set(list.split(BLANKS).filter((word) => word !== ''));
}
