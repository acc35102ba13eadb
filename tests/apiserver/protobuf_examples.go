package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/randfill"
)

// example is a random object: its message, and what Go writes of what it decodes of that.
type example struct {
	APIVersion string          `json:"apiVersion"`
	Kind       string          `json:"kind"`
	Protobuf   []byte          `json:"protobuf"`
	JSON       json.RawMessage `json:"json"`
}

// encoded is what all of Kubernetes' types can do.
type encoded interface {
	Marshal() ([]byte, error)
	Unmarshal([]byte) error
}

// writeExamples writes as many random objects of each kind, a line for each. Much in them is missing, empty or zero.
func writeExamples(out io.Writer, seed int64, count int) error {
	filler := randfill.NewWithSeed(seed).NilChance(0.4).NumElements(0, 2).MaxDepth(40).Funcs(fillers...)
	kinds, written := listedKinds(), json.NewEncoder(out)
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		for range count {
			first, again := reflect.New(kinds[kind]).Interface(), reflect.New(kinds[kind]).Interface()
			filler.Fill(first)
			message, err := first.(encoded).Marshal()
			if err != nil {
				return fmt.Errorf("%s: %w", kind, err)
			}
			if err := again.(encoded).Unmarshal(message); err != nil {
				return fmt.Errorf("%s: %w", kind, err)
			}
			object, err := json.Marshal(again)
			if err != nil {
				return fmt.Errorf("%s: %w", kind, err)
			}
			apiVersion, name, _ := strings.Cut(kind, " ")
			if err := written.Encode(example{apiVersion, name, message, object}); err != nil {
				return err
			}
		}
	}
	return nil
}

// fillers make what random bits would make wrong, or never zero.
var fillers = []any{
	func(*metav1.TypeMeta, randfill.Continue) {},
	func(fields **metav1.FieldsV1, c randfill.Continue) {
		*fields = &metav1.FieldsV1{Raw: []byte(`{"f:spec":{}}`)}
	},
	func(quantity *resource.Quantity, c randfill.Continue) {
		formats := []resource.Format{resource.BinarySI, resource.DecimalSI, resource.DecimalExponent}
		if c.Bool() {
			*quantity = *resource.NewMilliQuantity(c.Int63n(1<<40), formats[c.Intn(len(formats))])
		}
	},
	func(either *intstr.IntOrString, c randfill.Continue) {
		switch c.Intn(3) {
		case 0:
			*either = intstr.FromInt32(c.Int31())
		case 1:
			*either = intstr.FromString(c.String(8))
		}
	},
	func(raw *runtime.RawExtension, c randfill.Continue) {
		if c.Bool() {
			raw.Raw, _ = json.Marshal(map[string]any{c.String(8): c.Int63(), "b": []any{nil, c.Bool(), 0.5}})
		}
	},
	func(moment *metav1.Time, c randfill.Continue) {
		if c.Bool() {
			moment.Time = time.Unix(c.Int63n(1<<37)-1<<35, 0)
		}
	},
	func(moment *metav1.MicroTime, c randfill.Continue) {
		if c.Bool() {
			moment.Time = time.Unix(c.Int63n(1<<37)-1<<35, c.Int63n(1_000_000)*1_000)
		}
	},
	func(text *string, c randfill.Continue) {
		if c.Intn(3) > 0 {
			*text = c.String(12)
		}
	},
	func(number *int32, c randfill.Continue) { *number = int32(small(c)) },
	func(number *int64, c randfill.Continue) { *number = small(c) },
}

// small is a number that is zero or negative often.
func small(c randfill.Continue) int64 {
	return c.Int63n(7) - 3
}
