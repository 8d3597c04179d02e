"""A Modbus server of pymodbus: argv is a TCP port, or the path of a serial one
(RTU, 19200 8N1), and the 16-bit words of its registers from 0. Its coils are
kept; it prints "ready" before it listens."""
import asyncio
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartAsyncSerialServer, StartAsyncTcpServer
from pymodbus.transaction import ModbusRtuFramer


async def main():
    where, words = sys.argv[1], [int(w, 0) for w in sys.argv[2:]]
    slave = ModbusSlaveContext(
        di=ModbusSequentialDataBlock(0, [0] * 16), co=ModbusSequentialDataBlock(0, [0] * 16),
        hr=ModbusSequentialDataBlock(0, words), ir=ModbusSequentialDataBlock(0, words), zero_mode=True)
    context = ModbusServerContext(slaves=slave, single=True)
    print("ready", flush=True)
    if where.isdigit():
        await StartAsyncTcpServer(context=context, address=("127.0.0.1", int(where)))
    else:
        await StartAsyncSerialServer(context=context, framer=ModbusRtuFramer, port=where, baudrate=19200)


asyncio.run(main())
