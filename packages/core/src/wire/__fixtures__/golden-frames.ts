/**
 * Lines of the control channel as hud-python 0.6.21 writes them, byte for byte, without their newline.
 * A client of ours must write these requests and read these replies; a server of ours the other way round.
 */
export const GOLDEN_REQUESTS = {
  list: '{"jsonrpc":"2.0","id":2,"method":"tasks.list","params":{}}',
  start: '{"jsonrpc":"2.0","id":3,"method":"tasks.start","params":{"id":"count","args":{"n":2}}}',
  grade: '{"jsonrpc":"2.0","id":4,"method":"tasks.grade","params":{"answer":"done"}}',
  cancel: '{"jsonrpc":"2.0","id":5,"method":"tasks.cancel","params":{}}',
  bye: '{"jsonrpc":"2.0","id":6,"method":"bye","params":{}}',
  tunnel: '{"jsonrpc":"2.0","id":1,"method":"tunnel.open","params":{"capability":"shell"}}',
} as const;

export const GOLDEN_REPLIES = {
  hello:
    '{"jsonrpc":"2.0","id":1,"result":{"session_id":"sess-d7616780","env":{"name":"exp","version":"1.2.3"},"bindings":[{"name":"shell","protocol":"ssh/2","url":"ssh://agent@127.0.0.1:2222","params":{}}]}}',
  list: '{"jsonrpc":"2.0","id":2,"result":{"tasks":[{"id":"count","description":"Count letters","args":{"properties":{"n":{"default":0,"title":"N","type":"integer"}},"type":"object","additionalProperties":false}}]}}',
  start: '{"jsonrpc":"2.0","id":3,"result":{"prompt":"do \\u00fcber it"}}',
  grade:
    '{"jsonrpc":"2.0","id":4,"result":{"done":true,"content":"nice","info":{"max_tile":256},"isError":false,"subscores":[{"name":"judge","weight":1.0,"value":0.75,"children":[{"name":"c","weight":1.0,"value":1.0,"children":null,"info":{"reason":"x"}}],"info":{"model":"m"}}],"score":0.75}}',
  cancel: '{"jsonrpc":"2.0","id":5,"result":{"cancelled":true}}',
  bye: '{"jsonrpc":"2.0","id":6,"result":{"goodbye":true}}',
  tunnel: '{"jsonrpc":"2.0","id":1,"result":{"capability":"shell"}}',
  notFinite: '{"jsonrpc":"2.0","id":4,"result":{"score":NaN}}',
  noTask: '{"jsonrpc":"2.0","id":4,"error":{"code":-32600,"message":"no task in progress"}}',
  unknownTask: '{"jsonrpc":"2.0","id":3,"error":{"code":-32602,"message":"unknown task: \'count\'"}}',
  unknownCapability: '{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"\\"unknown capability: \'shell\'\\""}}',
  interrupted: '{"jsonrpc":"2.0","id":4,"error":{"code":-32000,"message":"tasks.cancel interrupted the task"}}',
  lineTooLong:
    '{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"Control-channel frame is 16777217 bytes; limit is 16777216 bytes."}}',
} as const;
