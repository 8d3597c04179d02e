package config_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openaisle/aisle/sdk/config"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
)

type full struct {
	Addr    string            `aisle:"addr,required,min=1,max=20" doc:"Host and port."`
	Mode    string            `aisle:"mode,one_of=swing|slide" default:"slide"`
	Key     string            `aisle:"key,sensitive,one_of=a|b"`
	On      bool              `aisle:"on" default:"true"`
	Count   int               `aisle:"count,min=1,max=10" default:"3"`
	Small   uint8             `aisle:"small"`
	Pin     int16             `aisle:"pin,sensitive"`
	Ratio   float64           `aisle:"ratio,min=0,max=1" default:"0.25"`
	Timeout time.Duration     `aisle:"timeout,min=10ms,max=1m" default:"2s"`
	Load    measure.Mass      `aisle:"load,max=20 kg" default:"1.5 kg"`
	Names   []string          `aisle:"names,min=1"`
	Ports   []int             `aisle:"ports" default:"[1,2]"`
	Labels  map[string]string `aisle:"labels,max=2"`
	Motor   motor             `aisle:"motor"`
	Lanes   []lane            `aisle:"lane,max=2" doc:"One for each lane."`
	Spare   *motor            `aisle:"spare"`
	Skipped chan int          `aisle:"-"`
}

type motor struct {
	Speed int `aisle:"speed,required,min=1"`
	Ramp  int `aisle:"ramp" default:"7"`
}

type lane struct {
	Port  int     `aisle:"port,required"`
	Beams []motor `aisle:"beam"`
}

func TestSchema(t *testing.T) {
	s, err := config.SchemaOf[full]()
	if err != nil {
		t.Fatal(err)
	}
	a, _ := s.Attribute("timeout")
	if a.Type != config.TypeDuration || string(a.Default) != "2000000000" || *a.Min != int64(10*time.Millisecond) || *a.Max != int64(time.Minute) {
		t.Errorf("timeout: %+v", a)
	}
	if a, _ = s.Attribute("load"); string(a.Default) != "1500000" || *a.Max != 20_000_000 {
		t.Errorf("load: %+v", a)
	}
	if a, _ = s.Attribute("addr"); !a.Required || a.Doc != "Host and port." || a.Sensitive {
		t.Errorf("addr: %+v", a)
	}
	if a, _ = s.Attribute("mode"); string(a.Default) != `"slide"` || !slices.Equal(a.OneOf, []string{"swing", "slide"}) {
		t.Errorf("mode: %+v", a)
	}
	types := map[string]config.Type{}
	for _, a := range s.Attributes {
		types[a.Name] = a.Type
	}
	want := map[string]config.Type{
		"addr": config.TypeString, "mode": config.TypeString, "key": config.TypeString, "on": config.TypeBool,
		"count": config.TypeInteger, "small": config.TypeInteger, "pin": config.TypeInteger, "ratio": config.TypeNumber,
		"timeout": config.TypeDuration, "load": config.TypeMass, "names": config.TypeStringList,
		"ports": config.TypeIntegerList, "labels": config.TypeStringMap,
	}
	if d := cmp.Diff(want, types); d != "" {
		t.Error(d)
	}
	for name, most := range map[string]int{"motor": 1, "spare": 1, "lane": 2} {
		if b, ok := s.Block(name); !ok || b.Most != most || b.Once() != (most == 1) {
			t.Errorf("block %s: %+v", name, b)
		}
	}
}

func TestDecode(t *testing.T) {
	got, err := config.Decode[full]([]byte(`{"addr":"x:1","names":["n"],"motor":{"speed":5},"small":255,"load":1e3,"ratio":1,
		"labels":{"a":"b"},"lane":[{"port":1},{"port":-2,"beam":[{"speed":1},{"speed":2,"ramp":3}]}],"on":false}`))
	if err != nil {
		t.Fatal(err)
	}
	want := full{
		Addr: "x:1", Mode: "slide", Count: 3, Small: 255, Ratio: 1, Timeout: 2 * time.Second, Load: measure.Gram,
		Names: []string{"n"}, Ports: []int{1, 2}, Labels: map[string]string{"a": "b"}, Motor: motor{5, 7},
		Lanes: []lane{{Port: 1}, {Port: -2, Beams: []motor{{1, 7}, {2, 3}}}},
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(full{}, motor{}, lane{})); d != "" {
		t.Error(d)
	}
	if got, err = config.Decode[full]([]byte(`{"addr":"x","names":["n"],"spare":{"speed":9}}`)); err != nil || got.Spare == nil || *got.Spare != (motor{9, 7}) {
		t.Errorf("a block that may be absent: %+v, %v", got.Spare, err)
	}
	if _, err := config.Decode[struct{}](nil); err != nil {
		t.Errorf("nothing for nothing: %v", err)
	}
}

// What is on an edge is inside, what is one further out isn't.
func TestProblems(t *testing.T) {
	const ok = `"addr":"x","names":["n"],"motor":{"speed":1}`
	for _, c := range []struct{ doc, path, says string }{
		{`{` + ok + `}`, "", ""},
		{`{"names":["n"]}`, "addr", "is required"},
		{`{"addr":null,"names":["n"]}`, "addr", "is required"},
		{`{"addr":1,"names":["n"]}`, "addr", "a string is needed, not this number"},
		{`{"addr":"","names":["n"]}`, "addr", "the length of 0 is below the least, 1"},
		{`{"addr":"` + strings.Repeat("ü", 20) + `","names":["n"]}`, "", ""},
		{`{"addr":"` + strings.Repeat("x", 21) + `","names":["n"]}`, "addr", "above the greatest, 20"},
		{`{` + ok + `,"colour":1}`, "colour", "is not known here"},
		{`{` + ok + `,"mode":"fly"}`, "mode", `is "fly"; it must be one of swing, slide`},
		{`{` + ok + `,"on":"yes"}`, "on", "a bool is needed"},
		{`{` + ok + `,"count":1}`, "", ""},
		{`{` + ok + `,"count":10}`, "", ""},
		{`{` + ok + `,"count":0}`, "count", "0 is below the least, 1"},
		{`{` + ok + `,"count":11}`, "count", "11 is above the greatest, 10"},
		{`{` + ok + `,"count":2.5}`, "count", "an integer is needed"},
		{`{` + ok + `,"count":9223372036854775808}`, "count", "an integer is needed"},
		{`{` + ok + `,"count":1e999999999}`, "count", "an integer is needed"},
		{`{` + ok + `,"small":256}`, "small", "does not fit in uint8"},
		{`{` + ok + `,"small":-1}`, "small", "does not fit in uint8"},
		{`{` + ok + `,"pin":-32769}`, "pin", "does not fit in int16"},
		{`{` + ok + `,"ratio":1.0000001}`, "ratio", "above the greatest, 1"},
		{`{` + ok + `,"timeout":10000000}`, "", ""},
		{`{` + ok + `,"timeout":9999999}`, "timeout", "below the least, 10ms"},
		{`{` + ok + `,"timeout":"2s"}`, "timeout", "a duration is needed, not a string"},
		{`{` + ok + `,"load":20000001}`, "load", "above the greatest, 20 kg"},
		{`{"addr":"x","names":[]}`, "names", "the length of 0 is below the least, 1"},
		{`{"addr":"x","names":[1]}`, "names", "element 0"},
		{`{` + ok + `,"ports":[1,"2"]}`, "ports", "element 1"},
		{`{` + ok + `,"labels":{"a":1}}`, "labels", `element "a"`},
		{`{` + ok + `,"labels":{"a":"","b":"","c":""}}`, "labels", "above the greatest, 2"},
		{`{"addr":"x","names":["n"],"motor":{}}`, "motor.speed", "is required"},
		{`{"addr":"x","names":["n"],"motor":[{"speed":1}]}`, "motor", "an object is needed"},
		{`{` + ok + `,"lane":{"port":1}}`, "lane", "a list of objects is needed"},
		{`{` + ok + `,"lane":[{"port":1},{"port":2},{"port":3}]}`, "lane", "at most 2 blocks are allowed"},
		{`{` + ok + `,"lane":[{"port":1},{"port":2,"beam":[{"speed":0}]}]}`, "lane[1].beam[0].speed", "0 is below the least, 1"},
		{`{` + ok + `,"lane":[{"port":1,"bearn":[]}]}`, "lane[0].bearn", "is not known here"},
		{`[]`, "", "an object is needed"},
		{`{`, "", "not JSON"},
		{`{} {}`, "", "not JSON"},
	} {
		_, err := config.Decode[full]([]byte(c.doc))
		if c.says == "" {
			if err != nil {
				t.Errorf("%s: %v", c.doc, err)
			}
			continue
		}
		if fault.CodeOf(err) != fault.Invalid || fault.PathOf(err) != c.path || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v at %q; want %q at %q", c.doc, err, fault.PathOf(err), c.says, c.path)
		}
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	s, err := config.SchemaOf[full]()
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, p := range s.Check([]byte(`{"mode":"fly","count":99,"motor":{"speed":0},"zzz":1,"lane":[{},{}]}`)) {
		paths = append(paths, p.Path)
	}
	want := []string{"addr", "mode", "count", "motor.speed", "lane[0].port", "lane[1].port", "zzz"}
	if !slices.Equal(paths, want) {
		t.Errorf("problems at %v, want %v", paths, want)
	}
}

func TestSensitiveValuesAreNotRepeated(t *testing.T) {
	for _, doc := range []string{
		`{"addr":"x","names":["n"],"key":"hunter2"}`, `{"addr":"x","names":["n"],"pin":987654}`,
		`{"addr":"x","names":["n"],"key":["hunter2"]}`,
	} {
		_, err := config.Decode[full]([]byte(doc))
		if err == nil || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "987654") {
			t.Errorf("%s: %v", doc, err)
		}
	}
}

func TestStructsThatAreNoConfig(t *testing.T) {
	for name, f := range map[string]func() (config.Schema, error){
		"no struct": config.SchemaOf[int],
		"no tag":    config.SchemaOf[struct{ A int }],
		"bad name": config.SchemaOf[struct {
			A int `aisle:"A b"`
		}],
		"twice": config.SchemaOf[struct {
			A, B int `aisle:"a"`
		}],
		"unknown word": config.SchemaOf[struct {
			A int `aisle:"a,reqired"`
		}],
		"unexported": config.SchemaOf[struct {
			a int `aisle:"a"`
		}],
		"channel": config.SchemaOf[struct {
			A chan int `aisle:"a"`
		}],
		"uint64": config.SchemaOf[struct {
			A uint64 `aisle:"a"`
		}],
		"default of type": config.SchemaOf[struct {
			A int `aisle:"a" default:"x"`
		}],
		"default no int": config.SchemaOf[struct {
			A int `aisle:"a" default:"1.5"`
		}],
		"default too great": config.SchemaOf[struct {
			A int `aisle:"a,max=3" default:"4"`
		}],
		"default one_of": config.SchemaOf[struct {
			A string `aisle:"a,one_of=x|y" default:"z"`
		}],
		"required default": config.SchemaOf[struct {
			A int `aisle:"a,required" default:"1"`
		}],
		"bad bound": config.SchemaOf[struct {
			A time.Duration `aisle:"a,min=5"`
		}],
		"min above max": config.SchemaOf[struct {
			A int `aisle:"a,min=5,max=4"`
		}],
		"bounded bool": config.SchemaOf[struct {
			A bool `aisle:"a,min=1"`
		}],
		"one_of int": config.SchemaOf[struct {
			A int `aisle:"a,one_of=1|2"`
		}],
		"sensitive block": config.SchemaOf[struct {
			A motor `aisle:"a,sensitive"`
		}],
		"slice of one": config.SchemaOf[struct {
			A []motor `aisle:"a,max=1"`
		}],
		"recursive": config.SchemaOf[recursive],
	} {
		if s, err := f(); err == nil {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

type recursive struct {
	Next []recursive `aisle:"next"`
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte(`{"addr":"x","names":["n"],"motor":{"speed":1},"lane":[{"port":1}]}`))
	f.Add([]byte(`{"count":1e5,"ratio":-0.5e-3}`))
	s, err := config.SchemaOf[full]()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		found := s.Check(doc)
		_, err := config.Decode[full](doc)
		if len(found) > 0 && err == nil {
			t.Fatalf("%v, and yet it decodes", found)
		}
		if len(found) == 0 && err != nil && !strings.Contains(err.Error(), "fit") && !strings.Contains(err.Error(), "range") {
			t.Fatalf("checked, and yet: %v", err)
		}
	})
}

// A vendor's struct is the schema.
func ExampleDecode() {
	type Config struct {
		Addr    string        `aisle:"addr,required" doc:"Host and port of the controller."`
		Timeout time.Duration `aisle:"timeout,min=10ms" default:"2s"`
	}
	c, err := config.Decode[Config](json.RawMessage(`{"addr":"10.0.4.20:7001"}`))
	fmt.Println(c.Addr, c.Timeout, err)
	_, err = config.Decode[Config](json.RawMessage(`{"addr":"10.0.4.20:7001","timeout":1000}`))
	fmt.Println(err)
	// Output:
	// 10.0.4.20:7001 2s <nil>
	// timeout: 1µs is below the least, 10ms
}

// Line is what drivers have in common.
type Line struct {
	Port string `aisle:"port,required,device"`
	Baud int    `aisle:"baud,min=300" default:"9600"`
}

// An embedded struct's fields are the outer one's, in schema, paths and value.
func TestEmbedded(t *testing.T) {
	type reader struct {
		Line
		Name string `aisle:"name"`
	}
	s, err := config.SchemaOf[reader]()
	if err != nil || len(s.Attributes) != 3 || len(s.Blocks) != 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	got, err := config.Decode[reader]([]byte(`{"port":"/dev/ttyS0","name":"n"}`))
	if err != nil {
		t.Fatal(err)
	}
	if want := (reader{Line{"/dev/ttyS0", 9600}, "n"}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if _, err := config.Decode[reader]([]byte(`{"port":"/dev/ttyS0","baud":1}`)); fault.PathOf(err) != "baud" {
		t.Error(err)
	}
	if _, err := config.SchemaOf[struct {
		Line
		Port string `aisle:"port"`
	}](); err == nil {
		t.Error("a name twice is no mistake")
	}
}
