"""An Iceberg table written by hand, byte by byte, in seconds and without Spark: make(warehouse) gives db.t.

Format 2, partitioned by a DOUBLE (1.0, NaN, null), two snapshots with a renamed and an added column, position and
equality deletes, NaN missing from bounds, deflated and plain manifests, a path with a space and a percent sign, and a
version hint that is behind.
"""
import json
import os
import struct
import zlib

import pyarrow as pa
import pyarrow.parquet as pq

def lng(v):
    v=(v<<1)^(v>>63); o=b""
    v&=(1<<64)-1
    while v>=0x80: o+=bytes([v&0x7f|0x80]); v>>=7
    return o+bytes([v])
def enc(s,v):
    if isinstance(s,list): return lng(0) if v is None else lng(1)+enc(s[1],v)
    if isinstance(s,str): s={"type":s}
    t=s["type"]
    if isinstance(t,(dict,list)): return enc(t,v)
    if t=="record": return b"".join(enc(f["type"],v[f["name"]]) for f in s["fields"])
    if t=="array": return (lng(len(v))+b"".join(enc(s["items"],x) for x in v) if v else b"")+lng(0)
    if t in("int","long"): return lng(v)
    if t=="boolean": return b"\1" if v else b"\0"
    if t=="double": return struct.pack("<d",v)
    if t in("string","bytes"):
        b=v.encode() if isinstance(v,str) else v
        return lng(len(b))+b
    raise ValueError(t)
def avro(path,schema,rows,codec="deflate",meta={}):
    block=b"".join(enc(schema,r) for r in rows)
    if codec=="deflate":
        c=zlib.compressobj(9,8,-15); block=c.compress(block)+c.flush()
    m={"avro.schema":json.dumps(schema),"avro.codec":codec,**meta}
    h=b"Obj\x01"+lng(len(m))+b"".join(enc("string",k)+enc("string",v) for k,v in m.items())+lng(0)+b"M"*16
    open(path,"wb").write(h+(lng(len(rows))+lng(len(block))+block+b"M"*16 if rows else b""))
def f(n,t,i): return {"name":n,"type":t,"field-id":i}
def opt(n,t,i): return {"name":n,"type":["null",t],"default":None,"field-id":i}
def mp(k,v,rec,kid,vid): return {"type":"array","logicalType":"map","items":{"type":"record","name":rec,"fields":[f("key","int",kid),f("value",v,vid)]}}
ML={"type":"record","name":"manifest_file","fields":[f("manifest_path","string",500),f("manifest_length","long",501),f("partition_spec_id","int",502),f("content","int",517),f("sequence_number","long",515),f("min_sequence_number","long",516),f("added_snapshot_id","long",503),f("added_files_count","int",504),f("existing_files_count","int",505),f("deleted_files_count","int",506),f("added_rows_count","long",512),f("existing_rows_count","long",513),f("deleted_rows_count","long",514),opt("partitions",{"type":"array","items":{"type":"record","name":"r508","fields":[f("contains_null","boolean",509),opt("contains_nan","boolean",518),opt("lower_bound","bytes",510),opt("upper_bound","bytes",511)]}},507)]}
ME={"type":"record","name":"manifest_entry","fields":[f("status","int",0),opt("snapshot_id","long",1),opt("sequence_number","long",3),opt("file_sequence_number","long",4),f("data_file",{"type":"record","name":"r2","fields":[f("content","int",134),f("file_path","string",100),f("file_format","string",101),f("partition",{"type":"record","name":"r102","fields":[opt("d","double",1000)]},102),f("record_count","long",103),f("file_size_in_bytes","long",104),opt("value_counts",mp(0,"long","k119",119,120),109),opt("null_value_counts",mp(0,"long","k121",121,122),110),opt("lower_bounds",mp(0,"bytes","k126",126,127),125),opt("upper_bounds",mp(0,"bytes","k129",129,130),128),opt("equality_ids",{"type":"array","items":"int"},135)]},2)]}
def fld(n,t,i): return pa.field(n,t,metadata={"PARQUET:field_id":str(i)})
S=pa.schema([fld("id",pa.int64(),1),fld("old_s",pa.string(),2),fld("d",pa.float64(),3)])


def make(warehouse):
    T = warehouse + "/db/t"
    os.makedirs(T + "/metadata")
    os.makedirs(T + "/data")
    def data(name,rows):
        p=f"{T}/data/{name}"; pq.write_table(pa.table({"id":[r[0] for r in rows],"old_s":[r[1] for r in rows],"d":[r[2] for r in rows]},schema=S),p); return p
    def entry(p,part,rows,content=0,eq=None):
        ids=[r[0] for r in rows]
        b=lambda v:[{"key":1,"value":struct.pack("<q",v)}]
        return dict(status=1,snapshot_id=7,sequence_number=None,file_sequence_number=None,data_file=dict(content=content,file_path=p,file_format="PARQUET",partition={"d":part},record_count=len(rows),file_size_in_bytes=os.path.getsize(p),
          value_counts=[{"key":i,"value":len(rows)} for i in(1,2,3)] if content==0 else None,null_value_counts=[{"key":1,"value":0},{"key":2,"value":sum(r[1] is None for r in rows)},{"key":3,"value":len(rows) if part is None else 0}] if content==0 else None,
          lower_bounds=b(min(ids)) if content==0 else None,upper_bounds=b(max(ids)) if content==0 else None,equality_ids=eq))
    nan=float("nan")
    A=[(1,"a",1.0),(2,None,1.0),(3,"c",1.0)];B=[(10,"x",nan),(11,"y",nan)];C=[(20,"n",None)]
    pa_,pb,pc=data("a b%2Fc=1.parquet",A),data("b.parquet",B),data("c.parquet",C)
    avro(T+"/metadata/m1.avro",ME,[entry(pa_,1.0,A)])
    avro(T+"/metadata/m2.avro",ME,[entry(pb,nan,B),entry(pc,None,C)],"null")
    def positions(name,path,pos):
        p=T+"/data/"+name; pq.write_table(pa.table({"file_path":[path],"pos":[pos]},schema=pa.schema([fld("file_path",pa.string(),2147483546),fld("pos",pa.int64(),2147483545)])),p); return p
    dp,dp2=positions("pd.parquet",pa_,1),positions("pd2.parquet",pb,0)
    de=T+"/data/eq.parquet"; pq.write_table(pa.table({"id":[3,10]},schema=pa.schema([fld("id",pa.int64(),1)])),de)
    avro(T+"/metadata/md.avro",ME,[entry(dp,1.0,A[:1],1),entry(dp2,nan,B[:1],1),entry(de,1.0,A[:2],2,[1])])
    def mf(p,content,seq,n,parts): return dict(manifest_path=p,manifest_length=os.path.getsize(p),partition_spec_id=0,content=content,sequence_number=seq,min_sequence_number=seq,added_snapshot_id=7,added_files_count=n,existing_files_count=0,deleted_files_count=0,added_rows_count=3,existing_rows_count=0,deleted_rows_count=0,partitions=parts)
    bd=lambda v:struct.pack("<d",v)
    l1=[mf(T+"/metadata/m1.avro",0,1,1,[dict(contains_null=False,contains_nan=False,lower_bound=bd(1),upper_bound=bd(1))]),mf(T+"/metadata/m2.avro",0,1,2,[dict(contains_null=True,contains_nan=True,lower_bound=None,upper_bound=None)])]
    avro(T+"/metadata/snap-7.avro",ML,l1); avro(T+"/metadata/snap-8.avro",ML,l1+[mf(T+"/metadata/md.avro",1,2,3,None)])
    json.dump({"format-version":2,"table-uuid":"u","location":T,"last-sequence-number":2,"last-updated-ms":2000,"last-column-id":4,"current-schema-id":1,"schemas":[{"type":"struct","schema-id":0,"fields":[{"id":1,"name":"id","required":True,"type":"long"},{"id":2,"name":"old_s","required":False,"type":"string"},{"id":3,"name":"d","required":False,"type":"double"}]},{"type":"struct","schema-id":1,"fields":[{"id":1,"name":"id","required":True,"type":"long"},{"id":4,"name":"added","required":False,"type":"int"},{"id":2,"name":"s","required":False,"type":"string"},{"id":3,"name":"d","required":False,"type":"double"}]}],"default-spec-id":0,"partition-specs":[{"spec-id":0,"fields":[{"name":"d","transform":"identity","source-id":3,"field-id":1000}]}],"properties":{},"current-snapshot-id":8,"refs":{"main":{"snapshot-id":8,"type":"branch"},"old":{"snapshot-id":7,"type":"tag"}},"snapshots":[{"snapshot-id":7,"timestamp-ms":1700000000000,"sequence-number":1,"manifest-list":T+"/metadata/snap-7.avro","schema-id":0,"summary":{"operation":"append"}},{"snapshot-id":8,"parent-snapshot-id":7,"timestamp-ms":1700000001000,"sequence-number":2,"manifest-list":"file:"+T+"/metadata/snap-8.avro","schema-id":1,"summary":{"operation":"delete"}}],"snapshot-log":[{"snapshot-id":7,"timestamp-ms":1700000000000},{"snapshot-id":8,"timestamp-ms":1700000001000}]},open(T+"/metadata/v2.metadata.json","w"))
    open(T+"/metadata/version-hint.text","w").write("1")
