package core_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/measure"
)

// second lets another of the party in, whom the camera follows as t2.
func (v *visitor) second() {
	v.do("pass in for_session=s1")
	v.do("track t2 entrance began")
	v.skip(4 * time.Second)
	v.do("track t2 drinks present")
	v.skip(4 * time.Second)
}

// atOnce has hands at the first bay before it comes to rest, and waits until what
// they did is decided. Of each it says whose it is and what it does.
func (v *visitor) atOnce(grams int, hands ...string) {
	for _, h := range hands {
		v.do("hand " + h + " for=1s")
	}
	v.skip(time.Second)
	v.grams[1] += grams
	v.do(fmt.Sprintf("weight 1 %d for=2s", v.grams[1]))
	v.skip(4 * time.Second)
}

// tally is the last receipt once both of a party have left.
func (v *visitor) tally() string {
	v.do("pass out")
	v.do("track t2 entrance ended")
	v.skip(2 * time.Second)
	r := v.leaves()
	if len(r) == 0 {
		return "no receipt"
	}
	return said(r[0])
}

// TestWeighedParty: what the hands of one party did at once with loose goods is one
// mass, whoever of them did it.
func TestWeighedParty(t *testing.T) {
	const take1, take2, put1 = "t1 1 take saw=cola q=1", "t2 1 take saw=cola q=1", "t1 1 put saw=cola q=1"
	t.Run("both take", func(t *testing.T) {
		v := enters(t, nuts(true))
		v.second()
		v.atOnce(-610, take1, take2)
		if got := v.tally(); got != "610 g cola x 18.99 paid 11.58, 11.58" {
			t.Error(got)
		}
	})
	t.Run("one puts back more than the other takes", func(t *testing.T) {
		v := enters(t, nuts(true))
		v.second()
		v.atOnce(-400, take1)
		v.atOnce(110, put1, take2)
		if got := v.tally(); got != "290 g cola x 18.99 paid 5.51, 5.51" {
			t.Error(got)
		}
		why := v.receipts()[0].Lines[0].Why
		if len(why) != 2 || why[1].Text != "some put back on weight_shelf.cooler.bay[1], by weight and interaction" {
			t.Errorf("%+v", why)
		}
	})
	t.Run("one perhaps puts back something else", func(t *testing.T) {
		v := enters(t, func(s *storedef.Store) {
			nuts(true)(s)
			for i := range s.Products { // another is of the mass of a portion
				if p := &s.Products[i]; p.Name == "water" {
					p.Mass, p.MassDeviation = s.Products[0].Mass, s.Products[0].MassDeviation
				}
			}
		})
		v.second()
		v.atOnce(-400, take1)
		v.moves(2, -300, "water")
		v.atOnce(100, "t1 1 put saw=water/880000,cola/108000 q=1", take2)
		if got := v.tally(); !strings.HasPrefix(got, "(p1 1 of cola: something was put back, perhaps this)") {
			t.Error(got)
		}
	})
}

// TestWeighedBefore: a hand that came as the bay had come to rest took no part in what
// another took there unseen.
func TestWeighedBefore(t *testing.T) {
	v := enters(t, nuts(true))
	v.do("enter palm-2")
	v.do("pass in for_session=s2")
	v.do("track t3 entrance began")
	v.skip(4 * time.Second)
	v.do("track t3 drinks present")
	v.skip(4 * time.Second)
	v.do("hand t1 1 take for=1s saw=cola q=1")
	v.skip(time.Second)
	v.do("weight 1 9390 for=2s")
	v.skip(900 * time.Millisecond)
	v.do("hand t1 1 take for=1s saw=cola q=1")
	v.skip(time.Second)
	v.do("weight 1 9090 for=1900ms")
	v.skip(4 * time.Second)
	if r := v.leaves(); len(r) == 0 || said(r[0]) != "(p1 1 of cola: how much of it was taken can't be told), 0.00" {
		t.Errorf("%v", r)
	}
}

// TestWeighedCount: a camera that counts more portions than there is the mass of says
// nothing; one that counts fewer does, for somebody else may have taken the others.
func TestWeighedCount(t *testing.T) {
	for _, c := range []struct {
		grams int
		saw   string
		want  string
	}{
		{-300, "cola/360000,zero/600000 conf=960000 q=1", "300 g cola"},
		{-300, "cola/360000,zero/600000 conf=960000 q=2", "300 g cola"},
		{-610, "cola/600000,zero/360000 conf=998000 q=2", "610 g cola"},
		{-610, "cola/600000,zero/360000 conf=998000 q=1", "(p1 2 of cola"},
	} {
		v := enters(t, func(s *storedef.Store) {
			nuts(true)(s)
			s.Products[0].MassDeviation = 44 * measure.Gram
		})
		v.atOnce(c.grams, "t1 1 take saw="+c.saw)
		if r := v.leaves(); len(r) == 0 || !strings.HasPrefix(said(r[0]), c.want) {
			t.Errorf("%d g, seen as %s: %v", c.grams, c.saw, r)
		}
	}
}

// approved makes the scale of one bay one for trade.
func approved(bay int) func(*storedef.Store) {
	return func(s *storedef.Store) {
		nuts(false)(s)
		for i := range s.Devices {
			for j := range s.Devices[i].Bays {
				s.Devices[i].Bays[j].TradeApproved = s.Devices[i].Bays[j].Number == bay
			}
		}
	}
}

// TestWeighedElsewhere: a portion that was weighed and put where no scale is for trade
// is known again by its mass, and costs what it weighed.
func TestWeighedElsewhere(t *testing.T) {
	t.Run("taken again", func(t *testing.T) {
		v := enters(t, approved(1))
		v.moves(1, -347, "cola")
		v.moves(3, 348, "cola")
		v.moves(3, -346, "cola")
		if r := v.leaves(); len(r) == 0 || said(r[0]) != "347 g cola x 18.99 paid 6.59, 6.59" {
			t.Errorf("%v", r)
		}
	})
	t.Run("one of two", func(t *testing.T) {
		v := enters(t, approved(1))
		v.moves(1, -347, "cola")
		v.moves(1, -247, "cola")
		v.moves(2, 348, "cola")
		if r := v.leaves(); len(r) == 0 || said(r[0]) != "247 g cola x 18.99 paid 4.69, 4.69" {
			t.Errorf("%v", r)
		}
	})
	t.Run("which of two can't be told", func(t *testing.T) {
		v := enters(t, approved(1))
		v.moves(1, -347, "cola")
		v.moves(1, -346, "cola")
		v.moves(3, 347, "cola")
		v.moves(3, -347, "cola")
		if r := v.leaves(); len(r) == 0 || !r[0].Total.IsZero() {
			t.Errorf("%v", r)
		}
	})
	t.Run("another mass", func(t *testing.T) {
		v := enters(t, approved(1))
		v.moves(1, -347, "cola")
		v.moves(3, 347, "cola")
		v.moves(3, -300, "cola")
		if r := v.leaves(); len(r) == 0 || !r[0].Total.IsZero() {
			t.Errorf("%v", r)
		}
	})
}
