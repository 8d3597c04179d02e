// A Modbus/TCP server of npm modbus-serial. Arguments: the folder in which npm installed it, a port
// of 127.0.0.1, and the 16-bit words of its registers from 0. A body goes through, into the store,
// when coil 3 is let go: input 0 is then active for a moment. It prints "ready" when it listens,
// and each write of a coil.
const [folder, port, ...words] = process.argv.slice(2)
const ModbusRTU = require(require.resolve('modbus-serial', {paths: [folder]}))

const registers = words.map(Number)
const coils = {}
const inputs = {}
const word = (address) => {
  if (address >= registers.length) {
    throw {modbusErrorCode: 0x02, msg: 'no such register'}
  }
  return registers[address]
}
const server = new ModbusRTU.ServerTCP({
  getHoldingRegister: word,
  getInputRegister: word,
  getDiscreteInput: (address) => inputs[address] || false,
  getCoil: (address) => coils[address] || false,
  setCoil: (address, on) => {
    console.log('coil', address, on)
    if (address === 3 && coils[3] && !on) {
      setTimeout(() => { inputs[0] = true }, 50)
      setTimeout(() => { inputs[0] = false }, 1050)
    }
    coils[address] = on
  }
}, {host: '127.0.0.1', port: Number(port), unitID: 1})
server.on('initialized', () => console.log('ready'))
server.on('serverError', (e) => { console.error(e); process.exit(1) })
