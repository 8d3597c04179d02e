// An MQTT broker of npm aedes that lets one user in, to the topics of store/1. Arguments: the
// folder in which npm installed it, and a port of 127.0.0.1. It prints "ready" when it listens.
const [folder, port] = process.argv.slice(2)
const {Aedes} = require(require.resolve('aedes', {paths: [folder]}))

async function main () {
  const broker = await Aedes.createBroker({
    authenticate: (client, username, password, done) =>
      done(null, username === 'store' && String(password) === 'open sesame'),
    authorizeSubscribe: (client, subscription, done) =>
      done(null, subscription.topic.startsWith('store/1/') ? subscription : null)
  })
  require('net').createServer(broker.handle).listen(Number(port), '127.0.0.1', () => console.log('ready'))
}

main()
