package objects

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Number is an AS number: Calico takes 64512, "64512" and "1.10". Zero: not given.
type Number uint32

// UnmarshalJSON reads any of the three forms.
func (n *Number) UnmarshalJSON(text []byte) error {
	high, low, dotted := strings.Cut(strings.Trim(string(text), `"`), ".")
	if !dotted {
		high, low = "0", high
	}
	bits := map[bool]int{true: 16, false: 32}[dotted]
	upper, err := strconv.ParseUint(high, 10, 16)
	if err != nil {
		return fmt.Errorf("%s is no AS number", text)
	}
	lower, err := strconv.ParseUint(low, 10, bits)
	if err != nil {
		return fmt.Errorf("%s is no AS number", text)
	}
	*n = Number(upper<<16 | lower)
	return nil
}

func (n Number) String() string { return strconv.FormatUint(uint64(n), 10) }

// Duration is one of Go's in text: 120s.
type Duration time.Duration

// UnmarshalJSON reads 120s.
func (d *Duration) UnmarshalJSON(text []byte) error {
	var written string
	if err := json.Unmarshal(text, &written); err != nil {
		return err
	}
	read, err := time.ParseDuration(written)
	*d = Duration(read)
	return err
}

// Seconds are rounded, as BIRD's configuration takes them.
func (d Duration) Seconds() string {
	return strconv.Itoa(int(math.Round(time.Duration(d).Seconds())))
}
