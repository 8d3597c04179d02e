package quantile

import "testing"

func TestOf(t *testing.T) {
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(100 - i)
	}
	for _, c := range []struct {
		v           []float64
		share, want float64
	}{{nil, 0.99, 0}, {[]float64{3}, 0.99, 3}, {hundred, 0.99, 99}, {hundred, 0.5, 50}, {hundred, 1, 100}, {hundred, 0, 1}, {[]float64{2, 1}, 0.5, 1}, {[]float64{3, 1, 2}, 0.5, 2}} {
		if got := Of(c.v, c.share); got != c.want {
			t.Errorf("%v of %d: %v, want %v", c.share, len(c.v), got, c.want)
		}
	}
	if got := Median(hundred); got != 50 || hundred[0] != 100 {
		t.Errorf("median %v, and the first is %v", got, hundred[0])
	}
}
