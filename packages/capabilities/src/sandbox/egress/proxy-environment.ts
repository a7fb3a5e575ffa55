/** Where the proxy listens inside, unless told otherwise. */
export const PROXY_PORT = 3128;

const NOT_BY_PROXY = "127.0.0.1,localhost,::1";

/** The variables by which programs find the proxy. */
export function proxyEnvironment(port: number = PROXY_PORT): Readonly<Record<string, string>> {
  const url = `http://127.0.0.1:${port}`;
  return {
    http_proxy: url,
    https_proxy: url,
    HTTP_PROXY: url,
    HTTPS_PROXY: url,
    no_proxy: NOT_BY_PROXY,
    NO_PROXY: NOT_BY_PROXY,
    // Node's own fetch looks at the variables above only when told to (from 22.21 and 24.5 on).
    NODE_USE_ENV_PROXY: "1",
  };
}
