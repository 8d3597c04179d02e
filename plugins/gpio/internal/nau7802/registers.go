// Package nau7802 reads a load cell through a Nuvoton NAU7802, a converter of 24 bits on
// I2C (data sheet revision 1.7). Chip is the chip on any bus; Driver makes a weight shelf
// of one chip a bay.
//
// The chip has one address, so that each has a bus of its own: a multiplexer makes more
// of one.
package nau7802

// Address is the chip's on every bus.
const Address = 0x2A

// The registers (section 11), and their bits.
const (
	regPower    = 0x00 // PU_CTRL
	regControl1 = 0x01 // CTRL1
	regControl2 = 0x02 // CTRL2
	regResult   = 0x12 // ADCO_B2, then B1 and B0
	regADC      = 0x15
	regPGAPower = 0x1C
	regRevision = 0x1F

	powerReset      = 1 << 0 // RR
	powerDigital    = 1 << 1 // PUD
	powerAnalog     = 1 << 2 // PUA
	powerReady      = 1 << 3 // PUR
	powerCycle      = 1 << 4 // CS
	powerConverted  = 1 << 5 // CR
	powerRegulator  = 1 << 7 // AVDDS
	powerRunning    = powerDigital | powerAnalog | powerCycle
	control2Cal     = 1 << 2 // CALS
	control2CalErr  = 1 << 3 // CAL_ERR
	control2Channel = 1 << 7 // CHS
	adcChopperOff   = 3 << 4 // REG_CHPS
	pgaCapacitor    = 1 << 7 // PGA_CAP_EN
	revision        = 0x0F   // in the low half
)

// gains are those of CTRL1, by their bits.
var gains = []int{1, 2, 4, 8, 16, 32, 64, 128}

// rates are the bits of CTRL2 for conversions a second.
var rates = map[int]byte{10: 0, 20: 1, 40: 2, 80: 3, 320: 7}

// supplies are the bits of CTRL1 for the voltage that the chip's regulator gives the
// cell. One that is not here is fed from outside.
var supplies = map[string]byte{"4.5V": 0, "4.2V": 1, "3.9V": 2, "3.6V": 3, "3.3V": 4, "3.0V": 5, "2.7V": 6, "2.4V": 7}
