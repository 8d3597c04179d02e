package reader

import "time"

// Config is the config block of a reader.
type Config struct {
	Addr    string `aisle:"addr,required,dial" doc:"Host and port of the reader; LLRP's port is 5084."`
	Version string `aisle:"version,one_of=auto|1.0.1" default:"auto" doc:"auto asks for LLRP 1.1 and takes 1.0.1 where the reader has nothing newer; 1.0.1 does not ask, for readers that can't stand the question."`

	Antennas   []Antenna `aisle:"antenna,max=32" doc:"An antenna to read with. Without any, all that the reader has."`
	Power      float64   `aisle:"power,min=0,max=40" default:"0" doc:"Transmit power in dBm: the greatest that the reader has and that is not above. 0 is the reader's greatest."`
	Session    int       `aisle:"session,min=0,max=3" default:"1" doc:"Gen2 session: 0 reads a tag again and again, 1 about once a second, 2 and 3 once until it has been out of the field."`
	Population int       `aisle:"population,min=1,max=65535" default:"32" doc:"About how many tags are in the field at once."`
	Mode       int       `aisle:"mode,min=-1,max=65535" default:"-1" doc:"RF mode, one of the identifiers that the reader lists; -1 leaves it to the reader."`
	Inventory  string    `aisle:"inventory,one_of=reader|single|dual|focus" default:"reader" doc:"Search mode of Impinj readers: single and dual target, or each tag once (focus). reader leaves it to the reader, and is all that others know."`

	Silence time.Duration `aisle:"silence,min=100ms,max=1m" default:"2s" doc:"How long a tag must not have been read to be gone."`
	Restate time.Duration `aisle:"restate,min=100ms,max=10m" default:"10s" doc:"How often a tag that stays in view is told again, with the reads since."`
	Lane    *Lane         `aisle:"lane" doc:"The antennas stand along a lane, and the reader tells which way tags went through it. Each antenna says where it stands."`

	Trigger *Trigger `aisle:"trigger" doc:"An input of the reader that starts reading, such as a light barrier. Without it the reader reads always."`
	Outputs []Output `aisle:"gpo,max=16" doc:"An output of the reader that shows something, such as a lamp."`

	Keepalive time.Duration `aisle:"keepalive,min=100ms,max=1m" default:"5s" doc:"How often the reader says that it is there. After three times that without a word it is lost."`
	Answer    time.Duration `aisle:"answer,min=100ms,max=1m" default:"5s" doc:"How long the reader may take to connect and to answer."`
}

// Antenna is one to read with.
type Antenna struct {
	ID    int     `aisle:"id,required,min=1,max=4096" doc:"LLRP AntennaID, as printed at the port."`
	Power float64 `aisle:"power,min=0,max=40" default:"0" doc:"Transmit power of this antenna in dBm; 0 for the reader's."`
	Along float64 `aisle:"along" default:"0" doc:"Where it stands in a lane: metres, growing from the street to the store."`
}

// Lane says that tags go through.
type Lane struct {
	Wavelength float64       `aisle:"wavelength" default:"0.3277" doc:"Of the carrier, in metres: 0.3277 in America, 0.346 in Europe."`
	Dwell      time.Duration `aisle:"dwell,min=100ms,max=1m" default:"20s" doc:"A tag that is read for longer is told as merely there while it is still in view. More than a walk through the lane takes."`
}

// Trigger is an input that starts reading.
type Trigger struct {
	Port    int           `aisle:"port,required,min=1,max=64" doc:"GPI of the reader."`
	Low     bool          `aisle:"low" doc:"It reads while the input is low; else while it is high."`
	Longest time.Duration `aisle:"longest,min=100ms,max=10m" default:"30s" doc:"It stops reading after that, even if the input stays."`
}

// Output is an output that shows something.
type Output struct {
	Port int    `aisle:"port,required,min=1,max=64" doc:"GPO of the reader."`
	When string `aisle:"when,required,one_of=ready|seen" doc:"ready: high while the reader is in use. seen: high while a tag is in view."`
}
