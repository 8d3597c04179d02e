package osdp

import "fmt"

// Command codes (annex A).
const (
	Poll      byte = 0x60
	ID        byte = 0x61
	Cap       byte = 0x62
	LocalStat byte = 0x64
	InStat    byte = 0x65
	OutStat   byte = 0x66
	ReadStat  byte = 0x67
	Out       byte = 0x68
	LED       byte = 0x69
	Buzzer    byte = 0x6a
	Text      byte = 0x6b
	ComSet    byte = 0x6e
	KeySet    byte = 0x75
	Challenge byte = 0x76
	Crypt     byte = 0x77
	RxSize    byte = 0x7b
	Mfg       byte = 0x80
)

// Reply codes (annex B).
const (
	Ack         byte = 0x40
	Nak         byte = 0x41
	PDID        byte = 0x45
	PDCap       byte = 0x46
	LocalStatus byte = 0x48
	InStatus    byte = 0x49
	OutStatus   byte = 0x4a
	ReadStatus  byte = 0x4b
	Raw         byte = 0x50
	Formatted   byte = 0x51
	Keypad      byte = 0x53
	Com         byte = 0x54
	ClientCrypt byte = 0x76
	FirstMAC    byte = 0x78
	Busy        byte = 0x79
)

var commands = map[byte]string{Poll: "POLL", ID: "ID", Cap: "CAP", LocalStat: "LSTAT", InStat: "ISTAT", OutStat: "OSTAT", ReadStat: "RSTAT", Out: "OUT",
	LED: "LED", Buzzer: "BUZ", Text: "TEXT", ComSet: "COMSET", KeySet: "KEYSET", Challenge: "CHLNG", Crypt: "SCRYPT", RxSize: "ACURXSIZE", Mfg: "MFG"}

var replies = map[byte]string{Ack: "ACK", Nak: "NAK", PDID: "PDID", PDCap: "PDCAP", LocalStatus: "LSTATR", InStatus: "ISTATR", OutStatus: "OSTATR",
	ReadStatus: "RSTATR", Raw: "RAW", Formatted: "FMT", Keypad: "KEYPAD", Com: "COM", ClientCrypt: "CCRYPT", FirstMAC: "RMAC_I", Busy: "BUSY"}

// Name is the standard's name of a command, or of a reply.
func Name(code byte, reply bool) string {
	names := commands
	if reply {
		names = replies
	}
	if n, ok := names[code]; ok {
		return "osdp_" + n
	}
	return fmt.Sprintf("osdp_%02x", code)
}

// Refusal is why a peripheral does not do what it was told (osdp_NAK, clause
// 7.3).
type Refusal byte

// The refusals.
const (
	BadCheck           Refusal = 0x01
	BadLength          Refusal = 0x02
	UnknownCommand     Refusal = 0x03
	BadSequence        Refusal = 0x04
	NoSuchSecurity     Refusal = 0x05
	EncryptionRequired Refusal = 0x06
	BioType            Refusal = 0x07
	BioFormat          Refusal = 0x08
	Unable             Refusal = 0x09
)

func (r Refusal) Error() string {
	switch r {
	case BadCheck:
		return "it received damaged characters"
	case BadLength:
		return "it finds the command's length wrong"
	case UnknownCommand:
		return "it does not know the command"
	case BadSequence:
		return "it expected another sequence number"
	case NoSuchSecurity:
		return "it does not support the secure channel, or not with this key"
	case EncryptionRequired:
		return "it wants a secure channel"
	case BioType, BioFormat:
		return "it does not support the kind of biometry"
	case Unable:
		return "it can't carry out the command"
	}
	return fmt.Sprintf("it refuses, with code %#02x", byte(r))
}
