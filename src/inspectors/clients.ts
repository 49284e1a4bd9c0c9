import { words } from './programs.ts';

/** What a network program's arguments are, and which of its flags take a value. */
export interface ClientRule {
  /**
   * `url`: each argument is a URL or host. `first`: the first one is a host. `each`: those that look like one are.
   * `copy`: `host:path` is remote. `remote`: the same when the host has a dot.
   */
  readonly targets: 'url' | 'first' | 'each' | 'copy' | 'remote';
  /** Letters of the short flags that take a value which is no host. A flag that is not listed is taken to have none. */
  readonly shortValues: string;
  /** Letters of the short flags whose value names a host. */
  readonly shortHosts: string;
  readonly longValues: ReadonlySet<string>;
}

/** Long flags, of any client, whose value names hosts. */
export const HOST_FLAGS = words(`
  --proxy --preproxy --proxy1.0 --socks4 --socks4a --socks5 --socks5-hostname --url --resolve --connect-to --doh-url
  --dns-servers`);

const CURL: ClientRule = {
  targets: 'url',
  shortValues: 'AbcCdDeEFhHKmoPQrtTuUwXyYz',
  shortHosts: 'x',
  longValues: words(`
    --user-agent --cookie --cookie-jar --continue-at --data --data-raw --data-ascii --data-binary --data-urlencode --json
    --dump-header --referer --cert --key --cacert --capath --form --form-string --header --config --max-time --output
    --output-dir --quote --range --telnet-option --upload-file --user --proxy-user --write-out --request --retry
    --retry-delay --retry-max-time --connect-timeout --limit-rate --max-redirs --max-filesize --interface --ciphers
    --tls-max --pinnedpubkey --netrc-file --unix-socket --aws-sigv4 --oauth2-bearer --speed-limit --speed-time --time-cond
    --proxy-header --stderr --trace --trace-ascii --etag-save --etag-compare --cert-type --key-type --pass --crlfile`),
};
const WGET: ClientRule = {
  targets: 'url',
  shortValues: 'aAeiBoODtTUlPQwXIR',
  shortHosts: '',
  longValues: words(`
    --output-document --output-file --append-output --directory-prefix --header --user --password --user-agent --referer
    --post-data --post-file --body-data --body-file --method --tries --timeout --wait --limit-rate --accept --reject
    --level --input-file --load-cookies --save-cookies --ca-certificate --certificate --private-key --execute`),
};
const HTTPIE: ClientRule = clientRule('each', 'oaA', '', '--output --auth --session --verify');
const DOWNLOADER: ClientRule = clientRule('each', 'odOsxjni', '', '--out --dir --header');
const LOGIN: ClientRule = clientRule('first', 'BbcDEeFIiLlmOopQRSWwnPuUs', 'J', '');
const LOOKUP: ClientRule = clientRule('each', 'cfiIlmMpstTwWqQb', '', '');
const COPIER: ClientRule = clientRule('copy', 'cDFiloPSXef', 'J', '--rsh --files-from');
const VERSIONER: ClientRule = clientRule('remote', 'cCmbou', '', '');

function clientRule(targets: ClientRule['targets'], values: string, hosts: string, longs: string): ClientRule {
  return { targets, shortValues: values, shortHosts: hosts, longValues: words(longs) };
}

/** Network programs by name. */
export const CLIENTS: ReadonlyMap<string, ClientRule> = new Map([
  ...named(CURL, 'curl curlie'),
  ...named(WGET, 'wget wget2'),
  ...named(HTTPIE, 'http https xh xhs httpie iwr irm invoke-webrequest invoke-restmethod'),
  ...named(DOWNLOADER, 'aria2c axel lynx links w3m fetch socat openssl bitsadmin certutil'),
  ...named(LOGIN, 'ssh telnet ftp lftp mosh tftp rsh rlogin autossh sftp'),
  ...named(LOOKUP, 'dig nslookup host drill ping ping6 traceroute whois nmap'),
  ...named(COPIER, 'scp rsync'),
  ...named(VERSIONER, 'git rclone svn hg'),
]);

/** Clients whose name is no other word: they count wherever they stand in a command. */
export const UNMISTAKABLE = words('curl wget wget2 aria2c socat telnet sftp scp rsync ssh nslookup');

function named(rule: ClientRule, names: string): [string, ClientRule][] {
  return [...words(names)].map((name) => [name, rule]);
}
