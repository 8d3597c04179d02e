// Package mfrc522 reads the UID of contactless cards (ISO/IEC 14443-3 type A) through an
// NXP MFRC522 on SPI (data sheet revision 3.9). Chip is the chip on any connection;
// Driver makes a credential reader of it.
//
// It needs no interrupt line: it asks the chip. A UID leaves as a token, and proves
// little: anybody can write the UID of a card to another.
package mfrc522

// The registers (section 9.2) that are used, and their bits.
const (
	regCommand    = 0x01
	regComIrq     = 0x04
	regError      = 0x06
	regFIFOData   = 0x09
	regFIFOLevel  = 0x0A
	regControl    = 0x0C
	regBitFraming = 0x0D
	regColl       = 0x0E
	regMode       = 0x11
	regTxControl  = 0x14
	regTxASK      = 0x15
	regRFCfg      = 0x26
	regTMode      = 0x2A
	regTPrescaler = 0x2B
	regTReloadH   = 0x2C
	regTReloadL   = 0x2D
	regVersion    = 0x37

	commandIdle       = 0x00
	commandTransceive = 0x0C
	commandReset      = 0x0F
	commandPowerDown  = 1 << 4

	irqAll   = 0x7F
	irqRx    = 1 << 5
	irqIdle  = 1 << 4
	irqTimer = 1 << 0

	errorCollision = 1 << 3
	errorOthers    = 1<<4 | 1<<2 | 1<<1 | 1<<0 // overflow, CRC, parity, protocol

	fifoFlush     = 1 << 7
	framingSend   = 1 << 7
	lastBits      = 7
	antenna       = 3 // TxControl: both ends of the coil
	txControl     = 0x80 | antenna
	forceASK      = 0x40
	modeCRC6363   = 0x3D
	timerAuto     = 0x80
	timerPrescale = 0xA9 // 25 µs a step
	timerSteps    = 200  // 5 ms
)

// gains are the bits of RFCfg for the receiver's gain in decibels.
var gains = map[int]byte{18: 0, 23: 1, 33: 4, 38: 5, 43: 6, 48: 7}
