package signal

const (
	// turnWithin is the longest time, in seconds, between two reads whose
	// phases are compared. A shopper walks at 0.5 to 1.4 m/s, cosine of that
	// along the line to the antenna; at 0.16 m (half the wavelength) a turn,
	// 0.2 s is half a turn at 0.7 m/s. It is also what most readers stay on a
	// carrier (FCC 15.247: 0.4 s at most). Longer pairs alias, shorter ones
	// are few: a reader that shares its time among four antennas reads each
	// tag about every 0.1 s.
	turnWithin = 0.2
	// turnSharpness is the concentration of the phase about its expectation:
	// 2 is a standard deviation of 0.8 rad, which is noise (0.1 rad), the
	// swing of an arm (0.05 m/s are 0.4 rad in turnWithin), and multipath.
	turnSharpness = 2.0
	// besselSharpness is I0(turnSharpness): it makes the density one.
	besselSharpness = 2.2795853023360673
	// halfTurns is the share of phases that come out half a turn off: the
	// reader's decoder can't always tell the sign of the backscatter. 14 % of
	// the pairs of tags that lie still are such.
	halfTurns = 0.15
	// wildTurns is the share of phases that tell nothing: another path won.
	wildTurns = 0.2
	// cosine is the mean cosine between the lane and the line to an antenna:
	// 0.1 beside it, 0.9 at the far end.
	cosine = 0.6
	// speedStep, in metres per second, and speeds are the walking speeds
	// tried: 0.1 to 1.2 m/s, from a shuffle in a queue to a brisk walk. A
	// step is half a radian at turnWithin, well inside turnSharpness.
	speedStep = 0.1
	speeds    = 12
	// dopplerCap limits a single Doppler shift, in hertz. A walk gives 8 Hz at
	// most; readers report it in noise of 50 Hz at the median and 180 at the
	// ninth decile. Capped between, the mean is a robust one.
	dopplerCap = 94.0
	// powerDrift and shiftDrift are what a walk adds to tag.power and
	// tag.shift, which are standard normal for a tag that lies still. Walks
	// give about 3 and 1 at the median, but fading lasts longer than a read,
	// so that reads are not independent: a third and half of that are
	// credited.
	powerDrift = 0.5
	shiftDrift = 0.5
	// drifts is what the normal density takes off for them.
	drifts = (powerDrift*powerDrift + shiftDrift*shiftDrift) / 2
	// sameAfter is how long, in seconds, after a read on a carrier the next on
	// it tells whether the tag moved: at 0.3 m/s, the slowest walk, a tag is
	// then two half wavelengths further, where phase and fading have nothing
	// to do with what they were. Readers hop among 50 carriers at 0.2 s each
	// (FCC 15.247) and come back after 10 s; with the four of Europe (EN 302
	// 208) they come back sooner.
	sameAfter = 1.0
	// samePower, in decibels, is the scale of a Laplace distribution of the
	// difference between two reads of a tag that lies still on one carrier:
	// the reader's step of 1 dB, and what people elsewhere change.
	samePower = 1.4
	// movedPower is that of a tag that is elsewhere: the fading of two places
	// (the logarithm of an exponential has a deviation of 5.6 dB, so that of
	// two of them 7.9; with a line of sight it is less).
	movedPower = 4.4
	// otherPower is the share of powers of a tag that lies still that differ
	// as if it had moved: somebody walked through the path.
	otherPower = 0.1
	// sureMoved bounds how much carriers that came back tell against lying
	// still: 150 to 1. What a tag did before it came to lie where it is must
	// not be held against it, as it would be were it summed without end.
	sureMoved = 5.0
	// stillOdds is how much likelier lying still must be than walking, as a
	// logarithm, before a tag is said not to have moved: 12 to 1. Less would
	// lose shoppers, more would let through tags that lie near.
	stillOdds = 2.5
)
