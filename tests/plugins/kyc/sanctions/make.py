"""Small lists of invented names, in the layouts of their publishers."""

from __future__ import annotations

from domain.verification.provider import ListFile

SDN_CSV = (
    b'101,"VELDRANOV, Ostap Jarek","individual","SDGT] [IRAN",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
    b'"DOB 12 Mar 1970; alt. DOB 1971; POB Utopia; nationality Iran."\r\n'
    b'102,"BLUE QUILL TRADING",-0- ,"CUBA",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n\x1a'
)
ALT_CSV = b'101,7,"aka","WELDRANOFF, Ostap",-0- \r\n'
SDN_XML = b"""<?xml version="1.0" standalone="yes"?>
<sdnList xmlns="https://example.test/exports/XML">
  <publshInformation><Publish_Date>11/20/2026</Publish_Date></publshInformation>
  <sdnEntry><uid>101</uid><firstName>Ostap Jarek</firstName><lastName>VELDRANOV</lastName>
    <sdnType>Individual</sdnType><programList><program>SDGT</program></programList>
    <akaList><aka><uid>7</uid><type>a.k.a.</type><category>strong</category>
      <lastName>WELDRANOFF</lastName><firstName>Ostap</firstName></aka></akaList>
    <nationalityList><nationality><country>Iran</country></nationality></nationalityList>
    <dateOfBirthList><dateOfBirthItem><dateOfBirth>12 Mar 1970</dateOfBirth>
      </dateOfBirthItem></dateOfBirthList></sdnEntry>
  <sdnEntry><uid>102</uid><lastName>BLUE QUILL TRADING</lastName><sdnType>Entity</sdnType>
    <programList><program>CUBA</program></programList></sdnEntry>
</sdnList>"""
EU_CSV = (
    "\ufefffileGenerationDate;Entity_LogicalId;Entity_SubjectType_ClassificationCode;"
    "Entity_Regulation_Programme;NameAlias_LastName;NameAlias_FirstName;NameAlias_MiddleName;"
    "NameAlias_WholeName;BirthDate_BirthDate;BirthDate_Year;Citizenship_CountryIso2Code\r\n"
    "20/11/2026;13;person;UTO;Skarlund;Mirek;;Mirek Skarlund;;;\r\n"
    "20/11/2026;13;person;UTO;;;;;1965-04-01;;\r\n"
    "20/11/2026;13;person;UTO;;;;;;1966;\r\n"
    "20/11/2026;13;person;UTO;;;;;;;BY\r\n"
    "20/11/2026;14;enterprise;UTO;;;;Ashgrove Metals;;;\r\n"
).encode()
EU_XML = b"""<?xml version="1.0" encoding="UTF-8"?>
<export xmlns="http://eu.example.test/fsd/export" generationDate="2026-11-20T10:00:00+01:00">
  <sanctionEntity logicalId="13" euReferenceNumber="EU.13.1">
    <regulation programme="UTO"/><subjectType code="person" classificationCode="P"/>
    <nameAlias firstName="Mirek" middleName="" lastName="Skarlund" wholeName="Mirek Skarlund"/>
    <birthdate birthdate="1965-04-01" year="1965"/><birthdate year="1966"/>
    <citizenship countryIso2Code="BY"/></sanctionEntity>
  <sanctionEntity logicalId="14"><subjectType code="enterprise"/>
    <nameAlias wholeName="Ashgrove Metals"/></sanctionEntity>
</export>"""
UN_XML = b"""<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST dateGenerated="2026-11-20T00:00:00Z">
  <INDIVIDUALS><INDIVIDUAL><DATAID>6901</DATAID>
    <FIRST_NAME>Tomas</FIRST_NAME><SECOND_NAME>Hadrel</SECOND_NAME>
    <THIRD_NAME>Brunswater</THIRD_NAME><UN_LIST_TYPE>UTO</UN_LIST_TYPE>
    <NATIONALITY><VALUE>Iran (Islamic Republic of)</VALUE></NATIONALITY>
    <INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Abu Hadrel</ALIAS_NAME>
      </INDIVIDUAL_ALIAS>
    <INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1960</FROM_YEAR>
      <TO_YEAR>1964</TO_YEAR></INDIVIDUAL_DATE_OF_BIRTH></INDIVIDUAL></INDIVIDUALS>
  <ENTITIES><ENTITY><DATAID>6902</DATAID><FIRST_NAME>Northfall Brigade</FIRST_NAME>
    <UN_LIST_TYPE>UTO</UN_LIST_TYPE></ENTITY></ENTITIES>
</CONSOLIDATED_LIST>"""
UK_CSV = (
    b"Report Date: 20-Nov-2026\r\n"
    b"Last Updated,Unique ID,OFSI Group ID,Name 6,Name 1,Name 2,Name 3,Name 4,Name 5,Name type,"
    b"Designation Type,Regime Name,D.O.B,Nationality(/ies)\r\n"
    b"20/11/2026,UTO0001,9001,GALVEREEN,Petrik,,,,,Primary Name,Individual,Utopia,"
    b"dd/mm/1975,(1) Russia (2) Belarus\r\n"
    b"20/11/2026,UTO0001,9001,GALWEREEN,Piotr,,,,,Alias,Individual,Utopia,12/05/1976,\r\n"
    b"20/11/2026,UTO0002,9002,IRON HERON LTD,,,,,,Primary Name,Entity,Utopia,,\r\n"
)
OFSI_CSV = (
    b"Last Updated,20/11/2025\r\n"
    b"Name 6,Name 1,Name 2,Name 3,Name 4,Name 5,DOB,Nationality,Group Type,Alias Type,Regime,"
    b"Group ID\r\n"
    b"GALVEREEN,Petrik,,,,,00/00/1975,Russia,Individual,Primary name,Utopia,9001\r\n"
)


def list_files() -> tuple[ListFile, ...]:
    """One of each publisher."""
    return (
        ListFile(list_id="ofac_sdn", name="SDN.CSV", content=SDN_CSV),
        ListFile(list_id="ofac_sdn", name="ALT.CSV", content=ALT_CSV),
        ListFile(list_id="eu", name="eu.xml", content=EU_XML),
        ListFile(list_id="un", name="consolidated.xml", content=UN_XML),
        ListFile(list_id="uk", name="UK-Sanctions-List.csv", content=UK_CSV),
    )
